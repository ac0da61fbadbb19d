// An upstream of Node's own http server: node.js PORT

'use strict';

const http = require('http');
const zlib = require('zlib');

const big = JSON.stringify({ data: 'x'.repeat(300000) });

http.createServer((req, res) => {
    const body = [];

    req.on('data', (data) => body.push(data));
    req.on('end', () => answer(req, res, Buffer.concat(body)));
}).listen(Number(process.argv[2]), '127.0.0.1');


function answer(req, res, body) {
    res.setHeader('X-Port', req.socket.remotePort);
    res.setHeader('Content-Type', 'application/json');

    switch (req.url.split('?')[0]) {

    case '/big':
        res.setHeader('Content-Length', big.length);
        res.end(big);
        break;

    case '/chunked':
        for (let i = 0; i < big.length; i += 70000) {
            res.write(big.slice(i, i + 70000));
        }
        res.end();
        break;

    case '/gzip':
        if (/gzip/.test(req.headers['accept-encoding'])) {
            res.setHeader('Content-Encoding', 'gzip');
            res.end(zlib.gzipSync(big));
        } else {
            res.end('"not asked for"');
        }
        break;

    case '/empty':
        res.writeHead(204).end();
        break;

    case '/same':
        res.writeHead(304, { ETag: '"1"' }).end();
        break;

    case '/echo':
        res.end(body);
        break;

    default:
        res.end('{"n":1}');
    }
}
