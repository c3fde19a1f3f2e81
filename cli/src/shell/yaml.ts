import { type DocumentOptions, type SchemaOptions, stringify, type ToStringOptions } from 'yaml';

/** kubectl and many others read YAML 1.1: strings like `yes` or a date are quoted for them. */
export const YAML_OPTIONS: DocumentOptions & SchemaOptions = { compat: 'yaml-1.1' };
/** Long strings stay on one line. */
export const YAML_FORMAT: ToStringOptions = { lineWidth: 0 };

/** @returns YAML that readers of YAML 1.1 and 1.2 understand alike */
export function toYaml(value: unknown): string {
  return stringify(value, { ...YAML_OPTIONS, ...YAML_FORMAT });
}
