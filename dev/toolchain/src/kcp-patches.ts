/** The doors and defects of kcp that our build closes (docs/toolchain.md). */

/** One insertion into a source file of a Go module. A build fails when it does not fit. */
export interface Patch {
  /** The Go module, by the path that packages import it with. */
  module: string;
  /** Path of the file in it. */
  file: string;
  /** Text that occurs exactly once in the file. */
  after: string;
  /** What comes right after that text. */
  insert: string;
  /** The defect that it cures, in a sentence for users. */
  why: string;
}

const NATIVE_OBJECTS_SHOWN =
  'who exports an API with the name of a native kind, secrets for example, and binds it nowhere, reads the native ' +
  'objects of all workspaces through the virtual workspace of the export.';

const WORKSPACES_TAKEN =
  'who administers a workspace gives it the path of another one, so that its APIs can no longer be used, or makes a ' +
  'child workspace stand for any workspace, and deletes that one with it.';

const RIGHTS_ASSUMED =
  'who may impersonate users in one workspace gives them rights of administrators of kcp by a warrant.';

const SERVER_OF_CRDS = { module: 'k8s.io/apiextensions-apiserver', file: 'pkg/apiserver/apiserver.go' };
const PATH_ANNOTATION = {
  module: 'github.com/kcp-dev/kcp',
  file: 'pkg/admission/pathannotation/pathannotation_admission.go',
};
const IMPERSONATION = { module: 'github.com/kcp-dev/kcp', file: 'pkg/server/filters/impersonation.go' };

/** Imports for what another patch inserts into a file that imports net/http. */
function importing(file: Pick<Patch, 'module' | 'file'>, ...packages: readonly string[]): Patch[] {
  return packages.map((name) => ({
    ...file,
    after: '\t"net/http"\n',
    insert: `\t"${name}"\n`,
    why: 'the patch below uses it.',
  }));
}

/** What our kcp has that its release lacks. `level` is raised with every change. */
export const kcpPatched = {
  level: 6,
  patches: [
    {
      module: 'k8s.io/apiextensions-apiserver',
      file: 'pkg/apiserver/schema/kubeopenapi.go',
      after: 'ret.VendorExtensible.AddExtension("x-kubernetes-patch-merge-key", x.XListMapKeys[0])',
      insert: '\n\t\tret.VendorExtensible.AddExtension("x-kubernetes-patch-strategy", "merge")',
      why:
        'on kinds bound by an APIBinding, kubectl apply, patch and set replace whole lists, so that a change of one ' +
        'of two containers deletes the other.',
    },
    ...importing(SERVER_OF_CRDS, 'strings', 'k8s.io/apiserver/pkg/endpoints/request'),
    {
      ...SERVER_OF_CRDS,
      after: '\t\tdelegateHandler = http.NotFoundHandler()\n\t}\n',
      insert: `
\tserveNative := delegateHandler
\tdelegateHandler = http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
\t\tinfo, ok := request.RequestInfoFrom(req.Context())
\t\tif ok && len(info.Parts) > 0 && strings.HasPrefix(info.Parts[0], info.Resource+":") {
\t\t\thttp.NotFound(w, req)
\t\t\treturn
\t\t}
\t\tserveNative.ServeHTTP(w, req)
\t})
`,
      why: NATIVE_OBJECTS_SHOWN,
    },
    {
      module: 'github.com/kcp-dev/kcp',
      file: 'pkg/server/handler.go',
      after: '\t\tif requestInfo.APIGroup != "" {\n',
      insert: `\t\t\tif len(requestInfo.Parts) > 0 && strings.HasPrefix(requestInfo.Parts[0], requestInfo.Resource+":") {
\t\t\t\thttp.NotFound(res.ResponseWriter, req.Request)
\t\t\t\treturn
\t\t\t}
`,
      why: NATIVE_OBJECTS_SHOWN,
    },
    {
      module: 'github.com/kcp-dev/kcp',
      file: 'pkg/server/handler.go',
      after: '\t\t\t\tcrdHandler(res.ResponseWriter, req.Request)\n\t\t\t\treturn\n\t\t\t}\n',
      insert: `
\t\t\tif strings.HasPrefix(requestInfo.Parts[0], requestInfo.Resource+":") {
\t\t\t\thttp.NotFound(res.ResponseWriter, req.Request)
\t\t\t\treturn
\t\t\t}
`,
      why: NATIVE_OBJECTS_SHOWN,
    },
    {
      ...PATH_ANNOTATION,
      after: '\t"io"\n',
      insert: '\t"strings"\n',
      why: 'the patch below uses it.',
    },
    {
      // Another plugin of kcp's is for just that, but it overlooks these annotations, and it is off.
      ...PATH_ANNOTATION,
      after:
        'func (p *pathAnnotationPlugin) Validate(ctx context.Context, a admission.Attributes, _ admission.ObjectInterfaces) error {\n',
      insert: `\tresource, isUpdate := a.GetResource().GroupResource().String(), a.GetOperation() == admission.Update
\tisKept := resource == "workspaces.tenancy.kcp.io" || resource == "logicalclusters.core.kcp.io" && isUpdate
\tif isKept && !sets.New(a.GetUserInfo().GetGroups()...).HasAny("system:masters", "system:kcp:logical-cluster-admin", "system:kcp:external-logical-cluster-admin", "system:kcp:tenancy:workspace-bootstrapper") {
\t\tannotationsOf := func(object any) map[string]string {
\t\t\tif accessor, ok := object.(metav1.Object); ok {
\t\t\t\treturn accessor.GetAnnotations()
\t\t\t}
\t\t\treturn nil
\t\t}
\t\toldAnnotations, newAnnotations := map[string]string(nil), annotationsOf(a.GetObject())
\t\tif isUpdate {
\t\t\toldAnnotations = annotationsOf(a.GetOldObject())
\t\t}
\t\tfor _, annotations := range []map[string]string{oldAnnotations, newAnnotations} {
\t\t\tfor key := range annotations {
\t\t\t\tdomain, _, _ := strings.Cut(key, "/")
\t\t\t\tisInternal := strings.HasPrefix(domain, "internal.") && strings.HasSuffix(domain, ".kcp.io")
\t\t\t\toldValue, wasThere := oldAnnotations[key]
\t\t\t\tnewValue, isThere := newAnnotations[key]
\t\t\t\tif (isInternal || key == core.LogicalClusterPathAnnotationKey) && (wasThere != isThere || oldValue != newValue) {
\t\t\t\t\treturn admission.NewForbidden(a, fmt.Errorf("the annotation %q is kcp's own", key))
\t\t\t\t}
\t\t\t}
\t\t}
\t}
`,
      why: WORKSPACES_TAKEN,
    },
    ...importing(IMPERSONATION, 'net/url'),
    {
      ...IMPERSONATION,
      after:
        '\t\tctx = context.WithValue(ctx, originalUserContextKey, requester)\n\t\treq = req.WithContext(ctx)\n',
      insert: `
\t\tif !sets.New(requester.GetGroups()...).Has(authorizationbootstrap.SystemMastersGroup) {
\t\t\tfor header := range req.Header {
\t\t\t\tkey, isExtra := strings.CutPrefix(strings.ToLower(header), strings.ToLower(authenticationv1.ImpersonateUserExtraHeaderPrefix))
\t\t\t\tif unescaped, err := url.PathUnescape(key); err == nil {
\t\t\t\t\tkey = strings.ToLower(unescaped)
\t\t\t\t}
\t\t\t\tdomain, _, _ := strings.Cut(key, "/")
\t\t\t\tif isExtra && (domain == "kcp.io" || strings.HasSuffix(domain, ".kcp.io")) {
\t\t\t\t\tresponsewriters.ErrorNegotiated(
\t\t\t\t\t\tapierrors.NewForbidden(schema.GroupResource{}, "", fmt.Errorf("the extra field %q cannot be impersonated", key)),
\t\t\t\t\t\terrorCodecs, schema.GroupVersion{}, w, req)
\t\t\t\t\treturn
\t\t\t\t}
\t\t\t}
\t\t}
`,
      why: RIGHTS_ASSUMED,
    },
    {
      // The name of the option was another one until etcd 3.6, which overlooks the old one.
      module: 'github.com/kcp-dev/embeddedetcd',
      file: 'config.go',
      after: '\t\tcfg.ExperimentalWatchProgressNotifyInterval = 5 * time.Second\n',
      insert: '\t\tcfg.WatchProgressNotifyInterval = 5 * time.Second\n',
      why:
        'watches of kinds that nobody changes get no bookmarks for ten minutes, so that a dead connection cannot be ' +
        'told from a quiet one.',
    },
  ],
} as const;
