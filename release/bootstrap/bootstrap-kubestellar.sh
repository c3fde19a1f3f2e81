#!/usr/bin/env bash
# Installs kcp and KubeStellar where they are missing, and deploys the core: see usage below. Made to be read from a
# file or a pipe, and to run with bash 3.2, which macOS has. Nothing runs before the last line is read, so that a
# download that breaks off does nothing.

# Where releases are; api/src/releases.ts has the same address.
readonly RELEASES=https://github.com/kubestellar-ts/kubestellar/releases
readonly CHECKSUMS=checksums256.txt
# Exit codes: 0 done, 1 failed, 2 wrong usage.
readonly KUBECONFIG_UNUSABLE=3 KCP_VERSION_MISMATCH=4
readonly KCP_LIMIT_SECONDS=300

usage() {
  cat <<'TEXT'
Usage: bootstrap-kubestellar.sh [flags]

Installs kcp and KubeStellar unless they are on $PATH, and makes sure that the core is deployed: as processes on this
machine or, with --external-endpoint or --openshift true, in the Kubernetes cluster of your kubeconfig.

Flags:
  --kubestellar-version V        release of KubeStellar, as in v0.1.0 (default latest)
  --kcp-version V                release of kcp, as in v0.31.2 (default: the one of the KubeStellar release)
  --deploy true|false            whether to deploy, or only to install (default true)
  --openshift true|false         whether the hosting cluster is OpenShift (default false)
  --external-endpoint HOST:PORT  where the hosting cluster's ingress controller or router is reached; also accepted
                                 as --endpoint-address
  --host-ns NAMESPACE            namespace in the hosting cluster (default kubestellar)
  --os linux|darwin              operating system of the executables (default: this machine's)
  --arch amd64|arm64             architecture of the executables (default: this machine's)
  --bind-address IP              the only address that kcp listens at, for processes on this machine
  --ensure-imw PATHS             inventory workspaces, for processes on this machine (default root:imw1)
  --ensure-wmw PATHS             workload management workspaces, likewise (default root:wmw1)
  --ensure-folder FOLDER         parent of the folders kcp and kubestellar to install into (default: the current one)
  --from LOCATION                where releases are: a URL, a folder with the files of one, or a clone of
                                 KubeStellar's repository to make them in (default: the project's releases). curl
                                 takes user and password for a URL from ~/.netrc
  --insecure-http                download from a URL that begins with http://, although anybody on the way there can
                                 replace programs and checksums
  -V, --verbose                  tell more
  -X                             print the commands of this script
  -h, --help                     print this text

Standard output gets only the lines to put into other shells, so that this works:
  eval "$(bash bootstrap-kubestellar.sh --kubestellar-version v0.1.0)"
TEXT
}

say() { printf '%s\n' "$*" >&2; }
detail() { if [ "$verbose" = true ]; then say "$@"; fi; }
section() { say "< $* >$(printf '%*s' $((70 - ${#1})) '' | tr ' ' -)"; }
die() { local code=$1; shift; say "bootstrap-kubestellar: $*"; exit "$code"; }
wrong_usage() { die 2 "$* (see --help)"; }
has() { command -v "$1" >/dev/null 2>&1; }

parse() {
  kubestellar_version=latest kcp_version='' deploy=true openshift=false endpoint='' host_ns=kubestellar
  os='' arch='' bind_address='' imw=root:imw1 wmw=root:wmw1 folder=$PWD from=$RELEASES verbose=false insecure_http=false
  local flag value
  while [ $# -gt 0 ]; do
    flag=$1; shift
    case $flag in
      -h | --help) usage; exit 0 ;;
      -V | --verbose) verbose=true; continue ;;
      -X) set -x; continue ;;
      --insecure-http) insecure_http=true; continue ;;
      --*=*) value=${flag#*=}; flag=${flag%%=*} ;;
      --?*) [ $# -gt 0 ] || wrong_usage "unknown flag or missing value: $flag"; value=$1; shift ;;
      *) wrong_usage "unexpected argument \"$flag\"" ;;
    esac
    case $flag in
      --kubestellar-version) kubestellar_version=$value; require_version "$flag" "$value" ;;
      --kcp-version) kcp_version=$value; require_version "$flag" "$value" ;;
      --deploy) deploy=$value; require_one_of "$flag" "$value" true false ;;
      --openshift) openshift=$value; require_one_of "$flag" "$value" true false ;;
      --external-endpoint | --endpoint-address) endpoint=$value; require_endpoint "$flag" "$value" ;;
      --host-ns) host_ns=$value; require_match "$flag" "$value" '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$' 'a namespace' ;;
      --os) os=$value; require_one_of "$flag" "$value" linux darwin ;;
      --arch) arch=$value; require_one_of "$flag" "$value" amd64 arm64 ;;
      --bind-address) bind_address=$value; require_address "$flag" "$value" ;;
      --ensure-imw) imw=$value; require_workspaces "$flag" "$value" ;;
      --ensure-wmw) wmw=$value; require_workspaces "$flag" "$value" ;;
      --ensure-folder) folder=$value; [ -n "$value" ] || wrong_usage "$flag takes a folder" ;;
      --from) from=${value%/}; [ -n "$from" ] || wrong_usage "$flag takes a URL or a folder" ;;
      *) wrong_usage "unknown flag $flag" ;;
    esac
  done
  require_source
  if [ "$kcp_version" = latest ]; then kcp_version=''; fi
  hosted=false
  if [ -n "$endpoint" ] || [ "$openshift" = true ]; then hosted=true; fi
}

# A URL with a password is not printed, and would be an argument of curl, which every user of the machine can read.
require_source() {
  local scheme=${from%%://*} authority=${from#*://}
  case $from in [Hh][Tt][Tt][Pp]://* | [Hh][Tt][Tt][Pp][Ss]://*) ;; *) return ;; esac
  case ${authority%%[/?#]*} in
    *@*) wrong_usage '--from takes a URL without user and password; write them to ~/.netrc, where curl finds them' ;;
  esac
  from=$(printf '%s' "$scheme" | tr '[:upper:]' '[:lower:]')://$authority
  case $from in
    http://*)
      [ "$insecure_http" = true ] ||
        wrong_usage "--from $from is not encrypted: anybody on the way there can replace the programs and their" \
          'checksums. Use a URL that begins with https://, or add --insecure-http if you trust the whole way'
      ;;
  esac
}

require_match() { [[ $2 =~ $3 ]] || wrong_usage "$1 takes $4, not \"$2\""; }
require_one_of() {
  local flag=$1 value=$2 each; shift 2
  for each in "$@"; do if [ "$value" = "$each" ]; then return; fi; done
  wrong_usage "$flag takes $(printf '%s, ' "$@" | sed 's/, $//; s/\(.*\), /\1 or /'), not \"$value\""
}
require_version() { require_match "$1" "$2" '^(latest|v[0-9]+\.[0-9]+\.[0-9]+([-.+][-.+0-9A-Za-z]+)?)$' 'a version such as v0.1.0'; }
require_endpoint() {
  require_match "$1" "$2" '^[A-Za-z0-9]([-.A-Za-z0-9]*[A-Za-z0-9])?:[0-9]{1,5}$' 'a domain name, a colon and a port'
  local port=$((10#${2##*:}))
  if [ $port -lt 1 ] || [ $port -gt 65535 ]; then wrong_usage "$1: there is no port $port"; fi
}
require_workspaces() {
  local one='(root:)?[a-z0-9]([-a-z0-9]*[a-z0-9])?'
  if [ -n "$2" ]; then require_match "$1" "$2" "^$one(,$one)*\$" 'paths of children of root, separated by commas'; fi
}
require_address() {
  local byte='(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
  require_match "$1" "$2" "^($byte\.$byte\.$byte\.$byte|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)$" 'an IP address'
}

detect_platform() {
  case $(uname -s) in Linux) own_os=linux ;; Darwin) own_os=darwin ;; *) own_os='' ;; esac
  case $(uname -m) in x86_64 | amd64) own_arch=amd64 ;; aarch64 | arm64) own_arch=arm64 ;; *) own_arch='' ;; esac
  os=${os:-$own_os} arch=${arch:-$own_arch}
  [ -n "$os" ] || die 1 "there are no executables for $(uname -s); choose linux or darwin by --os"
  [ -n "$arch" ] || die 1 "there are no executables for $(uname -m); choose amd64 or arm64 by --arch"
}

require_tools() {
  local tools=(tar awk) missing=() tool
  case $from in http://* | https://*) tools+=(curl) ;; esac
  if has shasum && ! has sha256sum; then tools+=(shasum); else tools+=(sha256sum); fi
  if [ "$deploy" = true ]; then tools+=(kubectl); fi
  if [ "$deploy" = true ] && [ "$hosted" = true ]; then tools+=(helm); fi
  for tool in "${tools[@]}"; do has "$tool" || missing+=("$tool"); done
  [ ${#missing[@]} -eq 0 ] || die 1 "missing on \$PATH: ${missing[*]}. Install what is missing, then run this again."
}

# --- Programs are installed, run and configured only where nobody but this user and root can put others in their place.

# Checks each folder on the way to $1, and $1 itself, as far as they are there. In a folder like /tmp, where everybody may
# write but remove only what is theirs, what belongs to this user is safe; $2 is "shared" if $1 itself may be one.
require_own() {
  local path=$1 part='' rest real
  case $path in /*) ;; *) path=$PWD/$path ;; esac
  check_owner / way "$1"
  rest=${path#/}
  while [ -n "$rest" ]; do
    part=$part/${rest%%/*}
    case $rest in */*) rest=${rest#*/} ;; *) rest='' ;; esac
    if [ ! -e "$part" ] && [ ! -h "$part" ]; then return; fi
    if [ -n "$rest" ]; then check_owner "$part" way "$1"; else check_owner "$part" "${2:-own}" "$1"; fi
  done
  # Links on the way were this user's or root's; so must be what they lead to.
  if [ -d "$path" ]; then
    real=$(cd "$path" && pwd -P) || die 1 "cannot enter $path"
    if [ "$real" != "$path" ]; then require_own "$real" "${2:-own}"; fi
  fi
}

# What is at $1 belongs to this user or root, and others can't write it; $2: it is on the way to $3 (way), is a folder
# whose entries are checked one by one (shared), or is used as it stands (own).
check_owner() {
  local listing mode uid
  listing=$(LC_ALL=C ls -ldn "$1") || die 1 "cannot look at $1"
  read -r mode _ uid _ <<<"$listing"
  if [ "$uid" != 0 ] && [ "$uid" != "$own_uid" ]; then
    die 1 "$1 belongs to another user (uid $uid), who could put other programs into $3; choose a folder of your own"
  fi
  case $mode in l*) return ;; ?????w* | ????????w*) ;; *) return ;; esac
  # What is no folder on the way is for the command that wants to go through it to complain of.
  case $2:$mode in way:[!d]* | way:?????????[tT]* | shared:?????????[tT]*) return ;; esac
  die 1 "other users may write $1 ($mode), and so could put other programs into $3; take that right away" \
    "(chmod go-w '$1') once you know what is in it, or choose another folder"
}

# The same for all that is below a folder.
require_own_tree() {
  require_own "$1"
  local found
  found=$(LC_ALL=C ls -lnRA "$1/" | awk -v own="$own_uid" '
    /^[-dlbcps][-rwxsStT]+[.+@]? / && (($3 != 0 && $3 != own) || (!/^l/ && (/^.....w/ || /^........w/))) { print; exit }')
  [ -z "$found" ] || die 1 "other users may write in $1, and so could have put other programs there: $found. Remove it," \
    'then run this again.'
}

# --- One bootstrap at a time works in a folder; what a killed one left is removed.

enter_folder() {
  # What this makes is not for others to write, whatever the shell says.
  umask g-w,o-w
  own_uid=$(id -u)
  require_own "$folder" shared
  mkdir -p "$folder" || die 1 "the folder $folder cannot be made"
  folder=$(cd "$folder" && pwd -P)
  require_own "$folder" shared
  work=$folder/.kubestellar-bootstrap
  if ! mkdir -m 700 "$work" 2>/dev/null; then
    [ -d "$work" ] || die 1 "cannot write in $folder"
    require_own "$work"
    local owner; owner=$(cat "$work/pid" 2>/dev/null || true)
    if [ -n "$owner" ] && [ "$(identity "${owner%% *}")" = "$owner" ]; then
      die 1 "another bootstrap (process ${owner%% *}) works in $folder; let it finish, or end it"
    fi
    rm -rf "$work"
    mkdir -m 700 "$work" || die 1 "cannot write in $folder"
  fi
  trap 'rm -rf "$work"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  identity $$ >"$work/pid"
  local name
  for name in kcp kubestellar; do
    if [ -e "$folder/$name" ] || [ -h "$folder/$name" ]; then require_own_tree "$folder/$name"; fi
  done
}

# A process that runs, by its number and time of start: a number that is used again is not taken for it, nor a zombie.
identity() {
  local start
  if [ -d /proc/self ]; then
    start=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" { print $20 }')
  else
    start=$(LC_ALL=C ps -o stat= -o lstart= -p "$1" 2>/dev/null | awk '$1 !~ /^Z/ { $1 = ""; print }')
  fi
  [ -n "$start" ] && echo "$1 $start"
}

# --- Releases

# Writes a file of a release to $work. Versions are without "v"; "latest" is one too.
fetch() {
  local version=$1 file=$2
  case $from in
    http://* | https://*)
      local path=download/v$version protocol='=https'
      if [ "$version" = latest ]; then path=latest/download; fi
      case $from in http:*) protocol='=http,https' ;; esac
      curl --fail --location --silent --show-error --netrc-optional --proto "$protocol" --connect-timeout 10 --retry 2 \
        --speed-limit 1000 --speed-time 30 --output "$work/$file" "$from/$path/$file" </dev/null ||
        die 1 "cannot download $from/$path/$file. Is there such a release, and does the network allow it? A folder with" \
          "its files can be given by --from."
      ;;
    *)
      require_own "$from/$file"
      [ -f "$from/$file" ] || die 1 "there is no $file in $from; \"npm run release\" makes such folders"
      cp "$from/$file" "$work/$file"
      ;;
  esac
}

# Reads the checksums of the wanted release once; sets release_version.
find_release() {
  if [ -n "${release_version:-}" ]; then return; fi
  if [ -f "$from/package.json" ] && { [ -d "$from/dev/toolchain" ] || [ -d "$from/toolchain" ]; }; then make_release; fi
  local wanted=${kubestellar_version#v}
  fetch "$wanted" "$CHECKSUMS"
  local file; file=$(find_file "kubestellar_" '')
  [ -n "$file" ] || die 1 "the release at $from has no KubeStellar for $os/$arch"
  release_version=${file#kubestellar_}; release_version=${release_version%"_${os}_$arch.tar.gz"}
  if [ "$wanted" != latest ] && [ "$wanted" != "$release_version" ]; then
    die 1 "the release at $from is v$release_version, not v$wanted"
  fi
}

make_release() {
  require_own "$from"
  has npm || die 1 "npm is missing on \$PATH; it is needed to make a release in the clone $from"
  section 'Making the release archives'
  (cd "$from" && npm run release -- --platform "$os/$arch" >&2) || die 1 "no release could be made in $from; see above"
  from=$from/dist/release
}

# The archive whose name begins with $1, a version that begins with $2, and our platform; empty if there is none.
find_file() {
  awk -v start="$1$2" -v end="_${os}_$arch.tar.gz" '
    length($1) == 64 && index($2, start) == 1 && substr($2, length($2) - length(end) + 1) == end && $2 !~ /\// {
      print $2; exit
    }' "$work/$CHECKSUMS"
}

# Unpacks an archive of the release to $folder/$2: it appears there whole, or what was there stays.
install() {
  local file=$1 name=$2 target=$folder/$2 expected actual
  if [ -e "$target" ] && [ ! -f "$target/.installed" ]; then
    die 1 "$target is there and was not installed by this script; choose another --ensure-folder"
  fi
  expected=$(awk -v file="$file" '$2 == file { print $1 }' "$work/$CHECKSUMS")
  say "Fetching $file"
  fetch "$release_version" "$file"
  actual=$(sha256 "$work/$file")
  if [ "$expected" != "$actual" ]; then
    die 1 "$file is not what the release's checksums say (SHA-256 $actual instead of $expected); nothing of it was installed"
  fi
  mkdir "$work/$name"
  tar -xzof "$work/$file" -C "$work/$name" || die 1 "$file cannot be unpacked in $folder"
  echo "$file" >"$work/$name/.installed"
  require_own_tree "$work/$name"
  if [ -e "$target" ]; then mv "$target" "$work/$name.old"; fi
  mv "$work/$name" "$target"
  rm -rf "$work/$name.old" "${work:?}/$file"
  installed=true
  say "Installed into $target"
}

sha256() { if has sha256sum; then sha256sum "$1"; else shasum -a 256 "$1"; fi | awk '{ print $1 }'; }

# What an earlier run installed counts as being on $PATH.
use_installed() {
  if [ ! -f "$folder/$1/.installed" ]; then return; fi
  case :$PATH: in *":$folder/$1/bin:"*) ;; *) PATH=$folder/$1/bin:$PATH; new_path="$folder/$1/bin:${new_path:-}" ;; esac
  hash -r
}

ensure_kcp() {
  section 'Ensuring that kcp is installed'
  use_installed kcp
  if has kcp && has kubectl-ws && kcp_fits; then
    say "kcp is there: $(command -v kcp)"
    case $(kcp_says) in
      *.kubestellar.*) ;;
      *) say "warning: this kcp lacks KubeStellar's patch: plain kubectl apply may lose entries of lists (docs/toolchain.md)" ;;
    esac
    return
  fi
  find_release
  local file; file=$(find_file kcp_ "${kcp_version#v}")
  [ -n "$file" ] || die $KCP_VERSION_MISMATCH "KubeStellar v$release_version comes with another kcp than $kcp_version for $os/$arch"
  install "$file" kcp
  use_installed kcp
}

kcp_says() { kcp --version 2>/dev/null </dev/null || true; }
kcp_fits() { [ -z "$kcp_version" ] || is_kcp_version "$(kcp_says)"; }
# Whether $1, as in "v1.35.3+kcp-v0.31.2.kubestellar.1", is of the wanted version.
is_kcp_version() { local pattern="kcp-${kcp_version//./[.]}([^0-9]|\$)"; [[ $1 =~ $pattern ]]; }

ensure_kubestellar() {
  section 'Ensuring that KubeStellar is installed'
  use_installed kubestellar
  if has kubestellar && has kubectl-kubestellar && has kubestellar-release; then
    local found
    found=$(kubestellar-release </dev/null) || die 1 "the KubeStellar at $(command -v kubestellar) does not run; see above"
    if [ "$kubestellar_version" = latest ] || [ "$kubestellar_version" = "$found" ]; then
      say "KubeStellar $found is there: $(command -v kubestellar)"
      return
    fi
    say "KubeStellar $found at $(command -v kubestellar) is not $kubestellar_version"
  fi
  find_release
  install "$(find_file kubestellar_ "$release_version")" kubestellar
  use_installed kubestellar
}

require_runnable() {
  if kubestellar-release >/dev/null </dev/null; then return; fi
  die 1 "the executables for $os/$arch do not run on this machine ($own_os/$own_arch); to install only, use --deploy false"
}

# --- Deployment as processes

deploy_processes() {
  section 'Ensuring that kcp is running'
  if [ -n "${KUBECONFIG:-}" ] && kubectl get workspaces.tenancy.kcp.io --request-timeout=10s >/dev/null 2>&1 </dev/null; then
    say "kcp is in service, as \$KUBECONFIG tells"
  else
    ensure_kcp_process
    if [ "${KUBECONFIG:-}" != "$PWD/.kcp/admin.kubeconfig" ]; then new_kubeconfig=$PWD/.kcp/admin.kubeconfig; fi
    export KUBECONFIG=$PWD/.kcp/admin.kubeconfig
  fi
  require_kcp_version
  section 'Ensuring that KubeStellar is running'
  local flags=(--ensure-imw "$imw" --ensure-wmw "$wmw") action=start
  if [ "$verbose" = true ]; then flags+=(--verbose); fi
  if [ "${installed:-false}" = false ] && [ "$(running_controllers)" = 3 ]; then action=init; fi
  kubestellar $action "${flags[@]}" >&2 </dev/null || die 1 "kubestellar $action failed; see above. This may be run again."
}

running_controllers() {
  kubectl kubestellar status 2>/dev/null </dev/null |
    grep -cE '^(mailbox-controller|kubestellar-where-resolver|placement-translator) +ready$' || true
}

require_kcp_version() {
  local version; version=$(kubectl version --request-timeout=10s 2>/dev/null </dev/null | sed -n 's/^Server Version: //p')
  detail "the server is $version"
  if [ -n "$kcp_version" ] && ! is_kcp_version "$version"; then
    die $KCP_VERSION_MISMATCH "the kcp that runs is ${version:-of an unknown version}, not $kcp_version; end it, then run this again"
  fi
}

ensure_kcp_process() {
  local root=$PWD/.kcp recorded each
  # A kubeconfig that another user has put there could run programs of theirs; a log could be a link to another file.
  require_own "$PWD" shared
  for each in "$root" "$root/admin.kubeconfig" "$root/bootstrap.pid" "$root/bootstrap.ports" "$PWD/kcp_log.txt"; do
    require_own "$each"
  done
  recorded=$(cat "$root/bootstrap.pid" 2>/dev/null || true)
  if [ -n "$recorded" ] && [ "$(identity "${recorded%% *}")" = "$recorded" ]; then
    say "kcp runs already (process ${recorded%% *})"
    await_kcp "$recorded" $KUBECONFIG_UNUSABLE
    return
  fi
  if [ ! -d "$root" ]; then mkdir -m 700 "$root" || die 1 "cannot make the folder $root"; fi
  chmod 700 "$root"
  local port etcd peer
  read -r port etcd peer 2>/dev/null <"$root/bootstrap.ports" || true
  port=$(free_port "${port:-6443}")
  etcd=$(free_port "${etcd:-2379}")
  peer=$(free_port "${peer:-$((etcd + 1))}" "$etcd")
  echo "$port $etcd $peer" >"$root/bootstrap.ports"
  local flags=(--root-directory="$root" --secure-port="$port" --embedded-etcd-client-port="$etcd"
    --embedded-etcd-peer-port="$peer" --profiling=false --enable-home-workspaces=false --v=1)
  if [ -n "$bind_address" ]; then flags+=(--bind-address="$bind_address"); fi
  # By what it has kept there, kcp would take a former token of its second administrator, too.
  rm -f "$root/.admin-token-store"
  (umask 077; : >>kcp_log.txt) || die 1 "cannot write $PWD/kcp_log.txt"
  # In a process group of its own: an interrupted bootstrap leaves it running, and the next one finds it.
  set -m
  nohup kcp start "${flags[@]}" >>kcp_log.txt 2>&1 </dev/null &
  set +m
  local pid=$!
  recorded=$(identity $pid) || die 1 "kcp ended at once; the end of its log, $PWD/kcp_log.txt:"$'\n'"$(tail -n 5 kcp_log.txt)"
  echo "$recorded" >"$root/bootstrap.pid.new"
  mv "$root/bootstrap.pid.new" "$root/bootstrap.pid"
  say "Started kcp (process $pid, port $port, log $PWD/kcp_log.txt)"
  await_kcp "$recorded" 1
}

# The first port from $1 up that nothing listens at on this machine, other than $2.
free_port() {
  local port=$1
  while [ "$port" = "${2:-}" ] || (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  echo "$port"
}

await_kcp() {
  local recorded=$1 code=$2 start=$SECONDS next=$((SECONDS + 15))
  until kubectl --kubeconfig "$PWD/.kcp/admin.kubeconfig" --context base get --raw=/readyz --request-timeout=5s \
    >/dev/null 2>&1 </dev/null; do
    if [ "$(identity "${recorded%% *}")" != "$recorded" ]; then
      die 1 "kcp has ended; the end of its log, $PWD/kcp_log.txt:"$'\n'"$(tail -n 5 kcp_log.txt)"
    fi
    # A kcp that has just started has not written it yet.
    if [ "$code" = $KUBECONFIG_UNUSABLE ] && [ $((SECONDS - start)) -ge 10 ] && [ -s "$PWD/.kcp/admin.kubeconfig" ] &&
      ! kubectl --kubeconfig "$PWD/.kcp/admin.kubeconfig" config get-contexts base >/dev/null 2>&1 </dev/null; then
      die "$code" "kcp runs (process ${recorded%% *}), but $PWD/.kcp/admin.kubeconfig is not as it wrote it. End kcp, then run" \
        'this again: it writes that file when it starts.'
    fi
    if [ $((SECONDS - start)) -gt $KCP_LIMIT_SECONDS ]; then
      die "$code" "kcp runs, but is not in service by $PWD/.kcp/admin.kubeconfig after $((SECONDS - start)) s; see $PWD/kcp_log.txt"
    fi
    if [ $SECONDS -ge $next ]; then
      say "Waiting for kcp to be in service since $((SECONDS - start)) s"
      next=$((SECONDS + 15))
    fi
    sleep 1
  done
  say "kcp is in service"
}

# --- Deployment in a cluster

deploy_to_cluster() {
  section 'Ensuring that the core is deployed in the cluster'
  local flags=(--openshift "$openshift")
  if [ -n "$endpoint" ]; then flags+=(--external-endpoint "$endpoint"); fi
  if ! kubectl get namespace "$host_ns" >/dev/null 2>&1 </dev/null; then
    kubectl create namespace "$host_ns" >&2 </dev/null || die 1 "the namespace $host_ns cannot be made in the hosting cluster"
  fi
  kubectl kubestellar deploy "${flags[@]}" -n "$host_ns" >&2 </dev/null || die 1 'the deployment failed; see above. This may be run again.'
  local kubeconfig=$folder/kubestellar.kubeconfig
  kubectl kubestellar get-external-kubeconfig -n "$host_ns" -o "$kubeconfig" >&2 </dev/null ||
    die 1 'no kubeconfig for the deployed core; see above. This may be run again.'
  new_kubeconfig=$kubeconfig
  export KUBECONFIG=$kubeconfig
}

finish() {
  if [ "$deploy" = true ]; then
    kubectl ws root >&2 </dev/null || die 1 'the core does not answer; "kubectl kubestellar doctor" may tell why'
    if [ "$verbose" = true ]; then kubectl ws tree >&2 </dev/null; fi
  fi
  section 'KubeStellar bootstrap completed successfully'
  if [ -z "${new_path:-}${new_kubeconfig:-}" ]; then return; fi
  say 'Please create/update the following environment variables:'
  # $PATH is for the shell that reads these lines.
  # shellcheck disable=SC2016
  if [ -n "${new_path:-}" ]; then printf 'export PATH=%q:"$PATH"\n' "${new_path%:}"; fi
  if [ -n "${new_kubeconfig:-}" ]; then printf 'export KUBECONFIG=%q\n' "$new_kubeconfig"; fi
}

main() {
  set -euo pipefail
  parse "$@"
  # From a pipe, standard input is the rest of this script; no command may read it.
  [ -t 0 ] || exec </dev/null
  detect_platform
  require_tools
  section 'KubeStellar bootstrap started'
  enter_folder
  ensure_kcp
  ensure_kubestellar
  if [ "$deploy" = true ]; then
    require_runnable
    if [ "$hosted" = true ]; then deploy_to_cluster; else deploy_processes; fi
  fi
  finish
}

main "$@"
