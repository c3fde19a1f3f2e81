/** The workspaces that `npm start` works in (the defaults of `kubestellar start`, docs/commands.md). */
export const IMW = 'root:imw1';
export const WMW = 'root:wmw1';

/** Field manager of what `npm start` itself writes. */
export const FIELD_MANAGER = 'kubestellar-local';
