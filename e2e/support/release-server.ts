import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Serves the files of one release on loopback, at the paths where GitHub has them. */
export class ReleaseServer {
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly requests: string[] = [];
  /** What to answer in place of a file; by its name. */
  readonly instead = new Map<string, (response: ServerResponse) => void>();
  readonly #close: () => void;

  private constructor(url: string, close: () => void) {
    this.url = url;
    this.#close = close;
  }

  /** @param folder with the release's files @param version as in v0.1.0 */
  static async start(folder: string, version: string): Promise<ReleaseServer> {
    const names = new Set(await readdir(folder));
    const server = createServer((request, response) => {
      const path = request.url ?? '';
      self.requests.push(path);
      const name = /^\/(?:latest\/download|download\/([^/]+))\/([^/]+)$/.exec(path);
      const file = name?.[2] ?? '';
      if (!names.has(file) || (name?.[1] ?? version) !== version) {
        response.writeHead(404).end();
        return;
      }
      const instead = self.instead.get(file);
      if (instead) instead(response);
      else void send(join(folder, file), response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const self = new ReleaseServer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => {
      server.closeAllConnections();
      server.close();
    });
    return self;
  }

  stop(): void {
    this.#close();
  }
}

async function send(file: string, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-length': (await stat(file)).size });
  createReadStream(file).pipe(response);
}
