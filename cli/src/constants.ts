/** Registry and repository of the image that holds our programs; its tag is the release. */
export const PROGRAM_IMAGE = 'ghcr.io/kubestellar-ts/kubestellar';
