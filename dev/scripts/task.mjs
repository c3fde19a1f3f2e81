// The start of every npm script. Plain JavaScript without dependencies: it runs on the user's own Node, before
// any package is installed, and hands over to Node 24. The rest is imported only once the version is known.
const major = Number(process.versions.node.split('.')[0]);
if (major < 20) {
  console.error(
    `KubeStellar needs Node 20 or newer to install itself; this is Node ${process.versions.node}.\n` +
      'Install a newer Node (https://nodejs.org) and run the command again.',
  );
  process.exitCode = 1;
} else {
  const { main } = await import('./task/main.mjs');
  await main(process.argv.slice(2));
}
