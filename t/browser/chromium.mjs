// Debian's Chromium, driven over its own pipe: no more than tests of a page
// need.  What the page's console says, violations of its policy and errors of
// its scripts are gathered in "complaints".

import { spawn } from 'node:child_process';

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic',
               '--no-first-run', '--disable-background-networking',
               '--disable-component-update', '--disable-sync',
               '--disable-dev-shm-usage', '--remote-debugging-pipe'];
const PATIENCE = 40000;      // ms, for whatever is waited for

export class Chromium {
    constructor(profile) {
        this.waiting = new Map();
        this.complaints = [];
        this.last = 0;

        this.process = spawn('chromium',
                             [...FLAGS, `--user-data-dir=${profile}`],
                             { stdio: ['ignore', 'ignore', 'ignore', 'pipe',
                                       'pipe'] });

        this.process.on('exit', () => {
            for (const { reject } of this.waiting.values()) {
                reject(new Error('Chromium has ended'));
            }

            this.waiting.clear();
        });

        let rest = '';

        this.process.stdio[4].setEncoding('utf8').on('data', (chunk) => {
            const parts = (rest + chunk).split('\0');

            rest = parts.pop();
            parts.forEach((part) => this.heard(JSON.parse(part)));
        });
    }

    heard({ id, method, params, result, error }) {
        if (id) {
            const { resolve, reject } = this.waiting.get(id);

            this.waiting.delete(id);
            error ? reject(new Error(error.message)) : resolve(result);
            return;
        }

        if (method === 'Log.entryAdded') {
            const { level, text, url } = params.entry;

            if (level !== 'verbose' && level !== 'info') {
                this.complaints.push(`${level}: ${text} ${url ?? ''}`);
            }

        } else if (method === 'Runtime.exceptionThrown') {
            const { text, exception } = params.exceptionDetails;
            this.complaints.push(`${text} ${exception?.description ?? ''}`);

        } else if (method === 'Audits.issueAdded') {

            // others are of how fast a page could be

            if (params.issue.code.startsWith('ContentSecurityPolicy')) {
                this.complaints.push(JSON.stringify(params.issue));
            }

        } else if (method === 'Page.loadEventFired') {
            this.loaded?.();
        }
    }

    send(method, params = {}) {
        const id = ++this.last;
        const sessionId = this.session;

        this.process.stdio[3].write(JSON.stringify({ id, method, params,
                                                     sessionId }) + '\0');

        return new Promise((resolve, reject) => {
            const timer = setTimeout(() => {
                reject(new Error(`no answer to ${method}`));
            }, PATIENCE);

            this.waiting.set(id, {
                resolve: (result) => {
                    clearTimeout(timer);
                    resolve(result);
                },
                reject
            });
        });
    }

    async begin() {
        const { targetId } = await this.send('Target.createTarget',
                                             { url: 'about:blank' });
        const { sessionId } = await this.send('Target.attachToTarget',
                                              { targetId, flatten: true });

        this.session = sessionId;

        for (const domain of ['Page', 'Runtime', 'Log', 'Audits', 'Network']) {
            await this.send(`${domain}.enable`);
        }

        await this.view('light');
    }

    // nothing is on its way to another colour

    view(scheme, width = 1440, height = 1000) {
        return Promise.all([
            this.send('Emulation.setEmulatedMedia', {
                features: [{ name: 'prefers-color-scheme', value: scheme },
                           { name: 'prefers-reduced-motion', value: 'reduce' }]
            }),
            this.send('Emulation.setDeviceMetricsOverride', {
                width, height, deviceScaleFactor: 1, mobile: false
            })
        ]);
    }

    // by way of an empty page, as what is behind a "#" alone loads nothing

    async open(url) {
        for (const address of ['about:blank', url]) {
            const loaded = new Promise((resolve, reject) => {
                const timer = setTimeout(() => {
                    reject(new Error(`${address} does not load`));
                }, PATIENCE);

                this.loaded = () => {
                    clearTimeout(timer);
                    resolve();
                };
            });

            await this.send('Page.navigate', { url: address });
            await loaded;
        }
    }

    async evaluate(expression) {
        const { result, exceptionDetails } =
            await this.send('Runtime.evaluate', {
                expression, awaitPromise: true, returnByValue: true
            });

        if (exceptionDetails) {
            throw new Error(exceptionDetails.exception?.description
                            ?? exceptionDetails.text);
        }

        return result.value;
    }

    // until the expression is true: its value, an element as true, or undefined
    // when it never was

    async until(expression) {
        const end = Date.now() + PATIENCE;

        for (;;) {
            const value = await this.evaluate(
                `((v) => v instanceof Element ? true : v)(${expression})`);

            if (value || Date.now() > end) {
                return value || undefined;
            }

            await new Promise((resolve) => setTimeout(resolve, 50));
        }
    }

    // a key as a user presses it: "Tab", "Enter", "a"

    async press(key, modifiers = 0) {
        const codes = { Tab: 9, Enter: 13, Escape: 27, ' ': 32 };
        const text = modifiers & 2 ? undefined
                     : key === 'Enter' ? '\r' : key.length === 1 ? key
                     : undefined;
        const event = {
            key, text, modifiers, code: key.length === 1 ? undefined : key,
            windowsVirtualKeyCode: codes[key] ?? key.toUpperCase().charCodeAt(0)
        };

        await this.send('Input.dispatchKeyEvent',
                        { type: text ? 'keyDown' : 'rawKeyDown', ...event });
        await this.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
    }

    type(text) {
        return this.send('Input.insertText', { text });
    }

    async picture() {
        const { data } = await this.send('Page.captureScreenshot',
                                         { format: 'png' });

        return Buffer.from(data, 'base64');
    }

    async end() {
        const ended = new Promise((resolve) => {
            this.process.on('exit', resolve);
        });

        this.session = undefined;
        await this.send('Browser.close');
        await ended;
    }
}
