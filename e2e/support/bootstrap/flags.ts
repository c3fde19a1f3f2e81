/** The flags of the reference. */
export const FLAGS = [
  ...[
    'kubestellar-version',
    'kcp-version',
    'openshift',
    'endpoint-address',
    'external-endpoint',
    'os',
    'arch',
  ],
  ...['bind-address', 'ensure-folder', 'host-ns', 'verbose', 'help', 'deploy', 'ensure-imw', 'ensure-wmw'],
];

/** Flags of the bootstrap script that are wrong, and what it must say of them. */
export const WRONG_FLAGS: [flags: string, message: RegExp][] = [
  ['--bogus', /--bogus/],
  ['--bogus x', /unknown flag --bogus/],
  ['word', /unexpected argument "word"/],
  ['--os', /missing value: --os/],
  ['--os windows', /--os takes linux or darwin, not "windows"/],
  ['--arch=mips', /--arch takes amd64 or arm64/],
  ['--deploy maybe', /--deploy takes true or false/],
  ['--openshift 1', /--openshift takes true or false/],
  ['--kubestellar-version 0.1.0', /takes a version such as v0.1.0/],
  ['--kcp-version v1', /--kcp-version takes a version/],
  ['--external-endpoint my.domain', /takes a domain name, a colon and a port/],
  ['--endpoint-address my.domain:99999', /there is no port 99999/],
  ['--external-endpoint a:1:2', /takes a domain name/],
  ['--bind-address 256.0.0.1', /takes an IP address/],
  ['--host-ns Not_Me', /takes a namespace/],
  ["--ensure-folder ''", /takes a folder/],
  ["--from ''", /takes a URL or a folder/],
  ['--insecure-http=true', /unknown flag --insecure-http/],
  ['--ensure-imw root:a:b', /--ensure-imw takes paths of children of root/],
  ['--ensure-wmw a,,b', /--ensure-wmw takes paths/],
];
