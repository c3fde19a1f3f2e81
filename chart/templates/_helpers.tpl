{{- define "kubestellar.tag" -}}
{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "kubestellar.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
app.kubernetes.io/version: {{ include "kubestellar.tag" . | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{ include "kubestellar.operatorLabels" . }}
{{- end }}

{{- define "kubestellar.operatorLabels" -}}
app.kubernetes.io/name: kubestellar-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Names of cluster-scoped objects contain the namespace, so that several releases can coexist. */}}
{{- define "kubestellar.clusterName" -}}
kubestellar-operator-{{ .Release.Namespace }}
{{- end }}

{{/* The spec of the KubeStellar: made of the values, overridden by `core`. */}}
{{- define "kubestellar.spec" -}}
{{- $tag := include "kubestellar.tag" . -}}
{{- $images := dict "kubestellar" (printf "%s:%s" .Values.image.repository $tag) "kcp" (printf "%s:%s" .Values.image.kcpRepository $tag) "pullPolicy" .Values.image.pullPolicy -}}
{{- with .Values.image.pullSecrets }}{{ $_ := set $images "pullSecrets" . }}{{ end -}}
{{- $spec := dict "images" $images "verbosity" .Values.CONTROLLER_VERBOSITY "storage" (dict "size" .Values.storageSize) -}}
{{- $imw := list }}{{ if .Values.ENSURE_IMW }}{{ $imw = splitList "," .Values.ENSURE_IMW }}{{ end -}}
{{- $wmw := list }}{{ if .Values.ENSURE_WMW }}{{ $wmw = splitList "," .Values.ENSURE_WMW }}{{ end -}}
{{- $_ := set $spec "workspaces" (dict "inventory" $imw "workload" $wmw) -}}
{{- if .Values.EXTERNAL_HOSTNAME }}{{ $_ := set $spec "externalEndpoint" (dict "host" .Values.EXTERNAL_HOSTNAME "port" (int .Values.EXTERNAL_PORT)) }}{{ end -}}
{{- if eq .Values.clusterType "OpenShift" }}{{ $_ := set $spec "exposure" (dict "type" "Route") -}}
{{- else if .Values.EXTERNAL_HOSTNAME }}{{ $_ := set $spec "exposure" (dict "type" "Ingress") }}{{ end -}}
{{- $spec = mergeOverwrite $spec (deepCopy .Values.core) -}}
{{- include "kubestellar.check" $spec -}}
{{ $spec | toYaml }}
{{- end }}

{{/* Whether the workspace proxy is enabled; empty for no. */}}
{{- define "kubestellar.hasView" -}}
{{- if dig "view" "enabled" true .Values.core }}true{{ end -}}
{{- end }}

{{/* The rules of the CRD, which the server would only report after half of the release is created. */}}
{{- define "kubestellar.check" -}}
{{- $type := dig "exposure" "type" "None" . -}}
{{- if and (has $type (list "Ingress" "TLSRoute" "NodePort")) (not .externalEndpoint) -}}
{{- fail (printf "core.exposure.type %s needs EXTERNAL_HOSTNAME and EXTERNAL_PORT: where clients reach kcp" $type) -}}
{{- end -}}
{{- if and (eq $type "TLSRoute") (not (dig "exposure" "parentRefs" list .)) -}}
{{- fail "core.exposure.type TLSRoute needs core.exposure.parentRefs: the Gateways that accept the connections" -}}
{{- end -}}
{{- $viewHost := dig "view" "externalEndpoint" "host" "" . -}}
{{- if and $viewHost (has $type (list "Ingress" "TLSRoute" "Route")) (eq $viewHost (dig "externalEndpoint" "host" "" .)) -}}
{{- fail (printf "core.exposure.type %s routes connections by their host: core.view.externalEndpoint needs another host than EXTERNAL_HOSTNAME" $type) -}}
{{- end -}}
{{- end }}
