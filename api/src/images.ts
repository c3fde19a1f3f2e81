/** Registry and owner of all our images. The original project's images are never used. */
const REPOSITORY = 'ghcr.io/kubestellar-ts';

/** The image that holds all our programs; its tag is the release. */
export const PROGRAM_IMAGE = `${REPOSITORY}/kubestellar`;

/** The image that holds kcp with our patches; its tag is our release too. */
export const KCP_IMAGE = `${REPOSITORY}/kcp`;
