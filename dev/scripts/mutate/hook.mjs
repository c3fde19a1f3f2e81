/** Loads one module of a test's process without one of its validations; for `node --import`. */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const { file, start, end, replacement } = JSON.parse(process.env.KUBESTELLAR_MUTANT);
const mutatedUrl = pathToFileURL(file).href;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (url !== mutatedUrl) return loaded;
    const source = loaded.source.toString();
    return { ...loaded, source: source.slice(0, start) + replacement + source.slice(end) };
  },
});
