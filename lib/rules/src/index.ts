/** The rules of KubeStellar that several programs share: decisions, and the proofs for them. */
export { type Approval, formatApproval, parseApproval } from './approval.ts';
export * from './eligibility.ts';
export * from './identity.ts';
export { isSameInstallation } from './installation.ts';
export { establishStuckKinds } from './kcp-repair.ts';
export * from './mailbox-apis.ts';
export * from './mailbox-policy.ts';
export * from './mark.ts';
export { isOrphan } from './orphan.ts';
export { overBudgetMessage, placementsOverBudget } from './placement-terms.ts';
export { isDefinite, type Problem, problem, problemOf } from './problem.ts';
export * from './selector.ts';
export * from './upsync.ts';
