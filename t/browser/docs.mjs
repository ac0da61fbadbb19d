// What people do with the pages of asyncapi_docs:
//
//     node t/browser/docs.mjs DEMO EVERYTHING DIRECTORY
//
// the addresses of the two servers of t/68-browser.t.  Pictures of the pages,
// light and dark, are left in the directory.

import { writeFileSync } from 'node:fs';
import { Chromium } from './chromium.mjs';

const [demo, everything, directory] = process.argv.slice(2);
const browser = new Chromium(`${directory}/chromium`);

const is = (truth, what) => console.log(`${truth ? 'ok' : 'not ok'} ${what}`);

const same = (got, expected, what) => {
    const [a, b] = [got, expected].map((value) => JSON.stringify(value));

    is(a === b, what);

    if (a !== b) {
        console.log(`  got ${a}\n  not ${b}`);
    }
};

const clean = (what) => {
    same(browser.complaints, [], `${what}: nothing to complain of`);
    browser.complaints = [];
};

// of the page's own

const ROWS = `[...document.querySelectorAll('nav li a')]
              .map((a) => a.innerText.replace(/\\s+/g, ' '))`;
const STATUS = `document.querySelector('.right .status')?.textContent`;
const BODY = `document.querySelector('.right pre[aria-label=Body]')?.textContent`;
const CURL = `document.querySelector('pre.curl').textContent`;
const FOCUS = `document.activeElement`;

// what a user types into the field of that name

const fill = (name, text) => browser.evaluate(`{
    const label = [...document.querySelectorAll('form label')]
                  .find((el) => el.textContent === ${JSON.stringify(name)});
    const field = label.control;

    if (field.type === 'checkbox') {
        field.click();

    } else {
        field.value = ${JSON.stringify(text ?? '')};
        field.dispatchEvent(new Event('input', { bubbles: true }));
    }
}`);

async function visit(id) {
    await browser.open(`${everything}/docs#/${id}`);
    await browser.until(`document.querySelector('form') && ${CURL}`);
}

async function sent() {
    await browser.evaluate(`document.querySelector('button.main').click()`);
    await browser.until(`!document.querySelector('button.main').disabled
                         && ${STATUS}`);
}

// texts of the page whose contrast to what is behind them is less than 4.5, as
// WCAG 2 computes it and asks of texts; what can't be used may have less

const FAINT = `(() => {
    const paint = document.createElement('canvas')
                  .getContext('2d', { willReadFrequently: true });

    const colour = (text) => {
        paint.clearRect(0, 0, 1, 1);
        paint.fillStyle = text;
        paint.fillRect(0, 0, 1, 1);

        const [r, g, b, a] = paint.getImageData(0, 0, 1, 1).data;

        return [r, g, b, a / 255];
    };

    const over = ([r, g, b, a], below) =>
        [...[r, g, b].map((v, i) => v * a + below[i] * (1 - a)), 1];

    const parents = (el) => el ? [...parents(el.parentElement), el] : [];

    // the ground that an element stands on, and how opaque it is

    const seen = (el) => {
        const dark = matchMedia('(prefers-color-scheme: dark)').matches;

        return parents(el).reduce(([ground, opacity], el) => {
            const style = getComputedStyle(el);
            const [r, g, b, a] = colour(style.backgroundColor);

            opacity *= style.opacity;

            return [over([r, g, b, a * opacity], ground), opacity];
        }, [dark ? [0, 0, 0, 1] : [255, 255, 255, 1], 1]);
    };

    const light = (rgb) => rgb.slice(0, 3).map((v) => v / 255)
        .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);

    const contrast = (el, style) => {
        const [ground, opacity] = seen(el);
        const [r, g, b, a] = colour(style.color);
        const [high, low] = [light(over([r, g, b, a * opacity], ground)),
                             light(ground)].sort((a, b) => b - a);

        return (high + 0.05) / (low + 0.05);
    };

    const texts = [...document.body.querySelectorAll('*')]
        .filter((el) => el.checkVisibility({ visibilityProperty: true })
                        && !el.closest(':disabled, svg, option'))
        .flatMap((el) => {
            const own = [...el.childNodes].some((node) => node.nodeType === 3
                                                && node.data.trim());

            return [...own || el.value ? [[el, getComputedStyle(el)]] : [],
                    ...el.placeholder && !el.value
                       ? [[el, getComputedStyle(el, '::placeholder')]] : []];
        })
        .map(([el, style]) => [contrast(el, style), el]);

    return [texts.length,
            texts.filter(([ratio]) => ratio < 4.5).map(([ratio, el]) =>
                ratio.toFixed(2) + ' ' + el.tagName + '.' + el.className + ' '
                + (el.value || el.textContent).trim().slice(0, 30))];
})()`;

async function readable(what) {
    for (const scheme of ['light', 'dark']) {
        await browser.view(scheme);

        // colours that change take their time

        await browser.evaluate(`Promise.all(document.getAnimations()
                                            .map((one) => one.finished))`);

        const [count, faint] = await browser.evaluate(FAINT);

        is(count > 20, `${what}, ${scheme}: there are texts`);
        same(faint, [], 'and all of them can be read');
    }

    await browser.view('light');
}

async function lists() {
    await browser.open(`${demo}/docs`);
    await browser.until(`document.querySelector('nav li')`);

    const rows = await browser.evaluate(ROWS);
    const document = await (await fetch(`${demo}/openapi.json`)).json();
    const expected = Object.entries(document.paths).flatMap(([path, item]) =>
        Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`));

    same([...rows].sort(), expected.sort(), 'all endpoints of the demo are listed');
    is(rows.length > 8, 'and they are many');
    same(await browser.evaluate('document.title'), 'Shop', 'its title');

    for (const scheme of ['light', 'dark']) {
        await browser.view(scheme);
        writeFileSync(`${directory}/list-${scheme}.png`, await browser.picture());
    }

    await readable('the list');
    clean('the list');
}

async function unnamed() {
    return browser.evaluate(`
        [...document.querySelectorAll('input, select, textarea, button, pre')]
        .filter((el) => !el.labels?.length && !el.getAttribute('aria-label')
                        && !(el.tagName === 'BUTTON' && el.textContent))
        .map((el) => el.outerHTML)`);
}

// no mouse: the filter, the list, the form, and what comes back

async function keyboard() {
    await browser.open(`${demo}/docs`);
    await browser.until(`document.querySelector('nav li')`);

    await browser.press('Tab');
    same(await browser.evaluate(`${FOCUS}.className`), 'skip',
         'first is a way past the list');

    await browser.press('/');
    same(await browser.evaluate(`${FOCUS}.id`), 'filter',
         'a slash leads to the filter');

    await browser.type('post orders');
    same(await browser.evaluate(ROWS), ['POST /orders'], 'which filters');

    await browser.press('Tab');
    is(await browser.evaluate(`${FOCUS}.matches('nav li a:focus-visible')
            && getComputedStyle(${FOCUS}).outlineStyle === 'solid'`),
       'the focus is seen');

    await browser.press('Enter');
    is(await browser.until(`${FOCUS}.tagName === 'H1'`),
       'the endpoint has the focus');
    same(await browser.evaluate(
             `document.querySelector('nav [aria-current=page]').innerText
              .replace(/\\s+/g, ' ')`),
         'POST /orders', 'the list says where one is');

    const seen = [];

    for (let i = 0; i < 4; i++) {
        await browser.press('Tab');
        seen.push(await browser.evaluate(
            `${FOCUS}.labels?.[0]?.textContent ?? ${FOCUS}.textContent`));
    }

    same(seen, ['express', 'Idempotency-Key', 'JSON', 'Schema'],
         'fields come one after another, each with its name');
    same(await unnamed(), [], 'nothing is without a name');

    // back in the body

    await browser.press('Tab', 8);
    await browser.press('a', 2);
    await browser.evaluate(`${FOCUS}.select()`);
    await browser.type('{"items":[{"sku":"NB-204","n":2}]}');
    await browser.press('Enter', 2);
    await browser.until(STATUS);
    await browser.until(BODY);

    same(await browser.evaluate(STATUS), '200 OK', 'sent by Ctrl and Enter');
    is((await browser.evaluate(BODY)).includes('"name": "Notebook, dotted"'),
       'the answer is shown');
    same(await browser.evaluate(`document.getElementById('said').textContent`),
         'Answer: 200 OK', 'and told to those who do not see it');

    for (const scheme of ['light', 'dark']) {
        await browser.view(scheme);
        writeFileSync(`${directory}/answer-${scheme}.png`,
                      await browser.picture());
    }

    await readable('an answer');
    await browser.view('light', 420, 900);
    is(await browser.evaluate(`document.documentElement.scrollWidth
                               <= document.documentElement.clientWidth`),
       'a narrow page is not wider than it is');
    await browser.view('light');
    clean('the keyboard');
}

async function exampled() {
    await browser.open(`${demo}/docs#/post_orders`);
    await browser.until(`document.querySelector('textarea.body')`);

    const body = JSON.parse(await browser.evaluate(
                     `document.querySelector('textarea.body').value`));

    is(Array.isArray(body.items) && typeof body.items[0].sku === 'string'
       && body.items[0].n >= 1, 'the body begins as an example of its schema');

    await fill('JSON', '{');
    is((await browser.evaluate(`document.querySelector('.wrong').textContent`))
       .startsWith('This is no JSON'), 'what is no JSON is told');
    await sent();
    same(await browser.evaluate(STATUS), '400 Bad Request',
         'and can be sent nevertheless');
    await readable('what is wrong');
    browser.complaints = [];
}

async function places() {
    await visit('everything');

    same(await browser.evaluate(`document.querySelector('main i') === null
                                 && document.querySelector('header b') === null`),
         true, 'texts are no markup');
    is(await browser.evaluate(
           `document.querySelector('.pill')?.textContent === 'deprecated'`),
       'what is deprecated is said to be');

    await fill('id', '0e37df36-f698-11e6-8dd4-cb9ced3df976');
    await fill('rest', 'a b/ü?');
    await fill('n', '9007199254740993');
    await fill('list', 'one\ntwo & three');
    await fill('b');
    await fill('c');
    await fill('flag', 'true');
    await fill('X-Mark', "it's");
    await fill('session', 'abc');
    await fill('JSON', '{"n": 12345678901234567890}');
    await fill('token', 'T0ken');
    await sent();

    same(await browser.evaluate(STATUS), '200 OK', 'parameters of all places');

    const expected = `{"id": "0e37df36-f698-11e6-8dd4-cb9ced3df976",
        "rest": "a b/ü?", "n": 9007199254740993, "list": ["one", "two & three"],
        "some": ["b", "c"], "flag": true, "mark": "it's", "session": "abc",
        "body": {"n": 12345678901234567890}, "token": "Bearer T0ken"}`;

    same((await browser.evaluate(BODY)).replace(/\s+/g, ''),
         expected.replace(/\s+/g, ''),
         'are sent, and numbers of any size are shown as they came');
    same(await browser.evaluate(`document.cookie`), '', 'no cookie is left');
    await readable('everything');

    const curl = await browser.evaluate(CURL);

    is(curl.includes(`curl -X PUT '${everything}/things/`)
       && curl.includes(`-H 'X-Mark: it'\\''s'`)
       && curl.includes(`-b 'session=abc'`)
       && curl.includes(`-H 'Authorization: Bearer T0ken'`)
       && curl.includes('some=b&some=c'), 'and are in the line for curl');

    await fill('token', '');
    await sent();
    same(await browser.evaluate(STATUS), '401 Unauthorized',
         'without credentials it is refused');
    is(await browser.evaluate(`[...document.querySelectorAll('.headers dt')]
           .some((dt) => dt.textContent === 'www-authenticate')`),
       'headers are shown');
    browser.complaints = [];
}

async function forms() {
    for (const type of ['application/x-www-form-urlencoded',
                        'multipart/form-data'])
    {
        await visit('form');
        await fill('name', 'Ä & b');
        await fill('tags', 'x\ny');
        await fill('key', 'k1');
        await fill('Content-Type', type);
        await sent();

        const answer = JSON.parse(await browser.evaluate(BODY));

        same([answer.name, answer.tags, answer.key], ['Ä & b', ['x', 'y'], 'k1'],
             `a form, ${type}`);
        is(answer.type.startsWith(type), 'of that type');
    }

    await visit('raw');
    await browser.evaluate(`for (const [name, text] of [['user', 'me'],
                                                        ['password', 'ö:1']]) {
        const input = document.querySelector('[aria-label=' + name + ']');
        input.value = text;
        input.dispatchEvent(new Event('input', { bubbles: true }));
    }`);
    await fill('content', 'some <text>');
    await sent();
    same(await browser.evaluate(BODY), 'as text: some <text>',
         'a raw body, and a text that comes back');
    is((await browser.evaluate(CURL)).includes(
           'Authorization: Basic ' + Buffer.from('me:ö:1').toString('base64')),
       'with a name and a password');
    clean('forms');
}

async function cancels() {
    await visit('slow');
    await browser.evaluate(`document.querySelector('button.main').click()`);
    await browser.until(`!document.querySelectorAll('.actions button')[1].hidden`);
    await browser.evaluate(
        `document.querySelectorAll('.actions button')[1].click()`);
    is((await browser.until(
           `document.querySelector('.right .note.wrong')?.textContent`) ?? '')
       .startsWith('Cancelled after'), 'what takes too long is cancelled');
    browser.complaints = [];
}

async function swagger() {
    await browser.open(`${demo}/docs-swagger`);
    await browser.until(`document.querySelector('.opblock')`);

    const rows = await browser.evaluate(
        `[...document.querySelectorAll('.opblock-summary')]
         .map((row) => row.querySelector('.opblock-summary-method').innerText
              + ' ' + row.querySelector('[data-path]').dataset.path)`);
    const document = await (await fetch(`${demo}/openapi.json`)).json();
    const expected = Object.entries(document.paths).flatMap(([path, item]) =>
        Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`));

    same([...rows].sort(), expected.sort(), 'Swagger UI lists them too');
    clean('Swagger UI');

    for (const scheme of ['light', 'dark']) {
        await browser.view(scheme);
        await browser.until(`window.document.documentElement.classList
                             .contains('dark-mode') === ${scheme === 'dark'}`);
        writeFileSync(`${directory}/swagger-${scheme}.png`,
                      await browser.picture());
    }

    await browser.view('light');
    await browser.evaluate(`document.querySelector(
        '[data-path="/items/{sku}"] a, [data-path="/items/{sku}"]').click()`);
    await browser.until(`document.querySelector('[data-param-name=sku] input')`);
    await browser.evaluate(
        `document.querySelector('[data-param-name=sku] input').focus()`);
    await browser.type('NB-204');

    // it takes a while to see what was typed

    await browser.until(`document.querySelector(
        '.live-responses-table .response-col_status')
        ?? (document.querySelector('button.execute')?.click(), null)`);

    is((await browser.evaluate(
           `document.querySelector('.live-responses-table').innerText`))
       .includes('Notebook, dotted'), 'and tries them');
    clean('trying');
}

try {
    await browser.begin();

    await lists();
    await keyboard();
    await exampled();
    await places();
    await forms();
    await cancels();
    await swagger();

} catch (error) {
    console.log(`not ok ${error.stack}`);
}

await browser.end();
process.exit();
