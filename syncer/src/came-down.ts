import { ADOPTED, DOWNSYNCED, type KubeObject } from '@kubestellar/api';
import { carriesOwnIdentity } from '@kubestellar/rules';

/** Whether an object of the WEC is a copy that the syncer keeps, whether it made or adopted it. */
export function cameDown(object: KubeObject): boolean {
  return carriesOwnIdentity(object, DOWNSYNCED) || isAdopted(object);
}

/** Whether the syncer keeps an object that was there before it. */
export function isAdopted(object: KubeObject): boolean {
  return carriesOwnIdentity(object, ADOPTED);
}
