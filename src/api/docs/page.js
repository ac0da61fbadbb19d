// The page of asyncapi_docs: lists the endpoints of the server's OpenAPI
// document, and tries them.  No text of a document or an answer becomes markup.

'use strict';

const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'options', 'head',
                 'trace'];
const SHOWN = 400000;           // characters of an answer

const credentials = {};         // what was typed, by scheme and field
let api;                        // the document
let operations = [];            // { id, method, path, op, params }

const $ = (id) => document.getElementById(id);


// ---- making elements ----

function h(tag, attributes, ...children) {
    const el = document.createElement(tag);

    for (const [name, value] of Object.entries(attributes ?? {})) {
        if (name.startsWith('on')) {
            el.addEventListener(name.slice(2), value);

        } else if (value === true) {
            el.setAttribute(name, '');

        } else if (value !== false && value !== undefined && value !== null) {
            el.setAttribute(name, value);
        }
    }

    el.append(...children.flat(9).filter((child) => child || child === 0));

    return el;
}

function method(name, badge) {
    return h('span', { class: `method ${name}${badge ? ' badge' : ''}` },
             name.toUpperCase());
}

function paragraphs(text) {
    return (text ?? '').split(/\n\s*\n/).filter((part) => part.trim())
           .map((part) => h('p', { class: 'said' }, part));
}

function say(text) {
    $('said').textContent = text;
}

function copyButton(text, target) {
    return h('button', {
        type: 'button',
        class: 'small push',
        onclick: async () => {
            try {
                await navigator.clipboard.writeText(text());
                target().classList.add('copied');
                setTimeout(() => target().classList.remove('copied'), 700);
                say('Copied');

            } catch {
                getSelection().selectAllChildren(target());
                say('Selected: copy it with the keyboard');
            }
        }
    }, 'Copy');
}


// ---- the document ----

function resolve(item) {
    for (let i = 0; item && item.$ref && i < 32; i++) {
        item = item.$ref.replace(/^#\/?/, '').split('/').filter(Boolean)
               .map((key) => decodeURIComponent(key).replace(/~1/g, '/')
                                                    .replace(/~0/g, '~'))
               .reduce((value, key) => value?.[key], api);
    }

    return item ?? {};
}

function typesOf(schema) {
    if (schema.type) {
        return [schema.type].flat();
    }

    if (schema.properties) {
        return ['object'];
    }

    return schema.items || schema.prefixItems ? ['array'] : [];
}

function bounds(schema) {
    const said = [];
    const tell = (key, text) => {
        if (schema[key] !== undefined) {
            said.push(text(schema[key]));
        }
    };

    tell('minimum', (n) => `≥ ${n}`);
    tell('exclusiveMinimum', (n) => `> ${n}`);
    tell('maximum', (n) => `≤ ${n}`);
    tell('exclusiveMaximum', (n) => `< ${n}`);
    tell('multipleOf', (n) => `multiple of ${n}`);
    tell('minLength', (n) => `at least ${n} characters`);
    tell('maxLength', (n) => `at most ${n} characters`);
    tell('minItems', (n) => `at least ${n} items`);
    tell('maxItems', (n) => `at most ${n} items`);
    tell('pattern', (text) => `/${text}/`);
    tell('const', (value) => JSON.stringify(value));
    tell('default', (value) => `default ${JSON.stringify(value)}`);

    if (schema.enum) {
        said.push(schema.enum.map((value) => JSON.stringify(value)).join(' | '));
    }

    return said;
}

function typeText(schema) {
    schema = resolve(schema);

    const items = schema.items && resolve(schema.items);
    let type = typesOf(schema).join(' or ');

    if (type === 'array' && items) {
        type = `array of ${typesOf(items).join(' or ') || 'anything'}`;
    }

    if (!type) {
        type = schema.enum || schema.const !== undefined ? '' : 'any';
    }

    return [[type, schema.format ?? items?.format].filter(Boolean).join(' '),
            ...bounds(schema), ...(items ? bounds(items) : [])]
           .filter(Boolean).join(', ');
}

// a value that the schema most likely takes

const FORMATS = {
    uuid: '3fa85f64-5717-4562-b3fc-2c963f66afa6',
    date: '2024-02-29',
    time: '12:30:00Z',
    'date-time': '2024-02-29T12:30:00Z',
    email: 'user@example.com',
    hostname: 'example.com',
    ipv4: '192.0.2.1',
    ipv6: '2001:db8::1',
    uri: 'https://example.com/',
    'uri-reference': '/path'
};

function example(from, depth = 0) {
    const schema = resolve(from);

    for (const value of [schema.example, schema.examples?.[0], schema.const,
                         schema.default, schema.enum?.[0]])
    {
        if (value !== undefined) {
            return value;
        }
    }

    if (depth > 8) {
        return null;
    }

    const some = schema.oneOf ?? schema.anyOf;

    if (some?.length) {
        const value = example(some[0], depth + 1);

        return schema.properties && value && typeof value === 'object'
               ? { ...exampleObject(schema, depth), ...value } : value;
    }

    if (schema.allOf) {
        const parts = schema.allOf.map((part) => example(part, depth + 1))
                      .filter((value) => value && typeof value === 'object');

        return parts.length ? Object.assign({}, ...parts,
                                            exampleObject(schema, depth))
                            : example(schema.allOf[0], depth + 1);
    }

    const type = typesOf(schema).find((name) => name !== 'null');

    switch (type) {

    case 'object':
        return exampleObject(schema, depth);

    case 'array':
        return exampleArray(schema, depth);

    case 'string':
        return FORMATS[schema.format]
               ?? 'string'.padEnd(schema.minLength ?? 0, '.')
                  .slice(0, schema.maxLength);

    case 'integer':
    case 'number':
        return exampleNumber(schema);

    case 'boolean':
        return true;

    default:
        return schema === true || depth > 0 ? null : {};
    }
}

function exampleObject(schema, depth) {
    const value = {};

    for (const [name, member] of Object.entries(schema.properties ?? {})) {
        const must = schema.required?.includes(name);

        if (resolve(member).readOnly || (depth > 3 && !must)) {
            continue;
        }

        value[name] = example(member, depth + 1);
    }

    return value;
}

function exampleArray(schema, depth) {
    const value = (schema.prefixItems ?? [])
                  .map((item) => example(item, depth + 1));

    while (schema.items && value.length < Math.min(schema.minItems ?? 1, 5)) {
        value.push(example(schema.items, depth + 1));
    }

    return value;
}

function exampleNumber(schema) {
    const least = schema.minimum
                  ?? (schema.exclusiveMinimum !== undefined
                      ? schema.exclusiveMinimum + 1 : undefined);

    return least ?? Math.min(schema.multipleOf ?? 0, schema.maximum ?? 0);
}

function tree(name, from, required, depth = 0) {
    const schema = resolve(from);
    const children = [];

    for (const [member, value] of Object.entries(schema.properties ?? {})) {
        children.push([member, value, schema.required?.includes(member)]);
    }

    if (schema.items) {
        children.push(['items', schema.items]);
    }

    for (const key of ['prefixItems', 'oneOf', 'anyOf', 'allOf']) {
        (schema[key] ?? []).forEach((value, i) => {
            children.push([`${key} ${i + 1}`, value]);
        });
    }

    // of an array of plain values the line above says all

    const plain = children.length === 1 && schema.items
                  && !resolve(schema.items).properties;

    return h('li', {},
             name && h('span', { class: 'name' }, name),
             h('span', { class: 'type' }, typeText(from)), ' ',
             required && h('span', { class: 'must' }, 'required'),
             schema.description && h('div', { class: 'hint' },
                                     schema.description),
             children.length > 0 && !plain && depth < 6
             && h('ul', {}, children.map(([member, value, must]) =>
                                         tree(member, value, must,
                                              depth + 1))));
}


// ---- the list ----

function gather() {
    for (const [path, item] of Object.entries(api.paths ?? {})) {
        for (const name of METHODS) {
            const op = item[name];

            if (op) {
                operations.push({
                    id: op.operationId ?? `${name} ${path}`,
                    method: name,
                    path,
                    op,
                    params: [...(item.parameters ?? []),
                             ...(op.parameters ?? [])].map(resolve)
                });
            }
        }
    }
}

function groups(list) {
    const found = new Map();

    for (const entry of list) {
        const tag = entry.op.tags?.[0] ?? '';
        found.set(tag, [...(found.get(tag) ?? []), entry]);
    }

    return [...found];
}

const addressOf = (entry) => '#/' + encodeURIComponent(entry.id);

function fillList() {
    const words = $('filter').value.toLowerCase().split(/\s+/).filter(Boolean);
    const list = operations.filter(({ method: name, path, op }) => {
        const text = [name, path, op.summary, op.operationId, ...(op.tags ?? [])]
                     .join(' ').toLowerCase();

        return words.every((word) => text.includes(word));
    });

    const here = current();

    $('list').replaceChildren(
        ...groups(list).map(([tag, entries]) => h('section', {},
            h('h2', {}, tag || 'Endpoints'),
            h('ul', {}, entries.map((entry) => h('li', {},
                h('a', {
                    href: addressOf(entry),
                    title: entry.op.summary,
                    'aria-current': entry === here && 'page'
                },
                method(entry.method),
                h('span', { class: `mono${entry.op.deprecated ? ' old' : ''}` },
                  entry.path))))))),
        list.length ? '' : h('p', { class: 'none' }, 'None of that name.'));

    say(words.length ? `${list.length} endpoints` : '');
}

function current() {
    const id = decodeURIComponent(location.hash.slice(2));

    return operations.find((entry) => entry.id === id);
}

function route(event) {

    // other addresses are places on the page

    if (location.hash && !location.hash.startsWith('#/')) {
        return;
    }

    const entry = current();

    $('content').replaceChildren(...(entry ? endpoint(entry) : overview()));
    document.title = [entry && (entry.op.summary ?? entry.path),
                      api.info?.title].filter(Boolean).join(' · ');
    fillList();
    scrollTo(0, 0);

    if (event) {
        $('content').querySelector('h1').focus();
    }
}

function overview() {
    return [
        h('h1', { tabindex: -1 }, api.info?.title ?? 'API'),
        paragraphs(api.info?.description),
        groups(operations).map(([tag, entries]) =>
            h('section', { class: 'card group' },
              h('h2', {}, tag || 'Endpoints'),
              h('ul', { class: 'all' }, entries.map((entry) => h('li', {},
                  h('a', { href: addressOf(entry) },
                    method(entry.method),
                    h('code', { class: entry.op.deprecated && 'old' },
                      entry.path),
                    h('span', { class: 'what' },
                      entry.op.summary ?? ''))))))),
        operations.length === 0
        && h('p', { class: 'said' }, 'This server has no endpoints yet.')
    ].flat().filter(Boolean);
}


// ---- an endpoint ----

function endpoint(entry) {
    const { op } = entry;
    const form = new Form(entry);

    return [
        h('h1', { tabindex: -1 }, op.summary ?? op.operationId ?? entry.path),
        h('div', { class: 'address' },
          method(entry.method, true),
          h('code', {}, entry.path.split(/(\{[^}]*\})/).map((part) =>
            part.startsWith('{') ? h('b', {}, part) : part)),
          op.deprecated && h('span', { class: 'pill warn' }, 'deprecated')),
        ...paragraphs(op.description),
        h('div', { class: 'halves' },
          h('div', {}, form.element, answers(op)),
          h('div', { class: 'right' }, form.curl, form.answer))
    ];
}

function answers(op) {
    return h('section', { class: 'card answers' },
        h('h2', {}, 'Answers'),
        Object.entries(op.responses ?? {}).map(([status, from]) => {
            const response = resolve(from);
            const good = /^[123]/.test(status);

            return h('details', { open: /^2/.test(status) },
                h('summary', {},
                  h('span', { class: `status ${good ? 'good' : ''}` }, status),
                  h('span', {}, response.description ?? '')),
                h('div', { class: 'inside' },
                  Object.entries(response.content ?? {}).map(
                      ([type, media]) => [
                          h('p', { class: 'media' }, type),
                          media.schema && h('ul', { class: 'tree' },
                                            tree('', media.schema))
                      ])));
        }));
}


// ---- what is typed ----

class Form {
    constructor(entry) {
        this.entry = entry;
        this.fields = [];       // { in, name, values() }
        this.body = null;       // { type, content(), text() }

        this.send = h('button', { type: 'submit', class: 'main' }, 'Send');
        this.stop = h('button', {
            type: 'button',
            hidden: true,
            onclick: () => this.abort?.abort()
        }, 'Cancel');

        this.command = h('pre', { class: 'curl', tabindex: 0,
                                  'aria-label': 'As a curl command' });
        this.curl = h('section', { class: 'card' },
            h('div', { class: 'title' }, h('h2', {}, 'curl'),
              copyButton(() => this.command.textContent, () => this.command)),
            this.command);

        this.answer = h('section', { class: 'card', 'aria-label': 'Answer',
                                     'aria-busy': 'false' });

        this.element = this.build();
        this.idle();
        this.refresh();
    }

    build() {
        const parts = [];
        const places = { path: 'Path', query: 'Query', header: 'Headers',
                         cookie: 'Cookies' };

        for (const [place, title] of Object.entries(places)) {
            const params = this.entry.params.filter((p) => p.in === place);

            if (params.length) {
                parts.push(h('fieldset', {}, h('legend', {}, title),
                             params.map((p) => this.parameter(p))));
            }
        }

        const body = resolve(this.entry.op.requestBody);

        if (body.content) {
            parts.push(this.bodyOf(body));
        }

        const schemes = this.schemes();

        if (schemes.length) {
            parts.unshift(h('fieldset', {}, h('legend', {}, 'Credentials'),
                            schemes));
        }

        return h('form', {
            class: 'card',
            novalidate: true,
            oninput: () => this.refresh(),
            onsubmit: (event) => {
                event.preventDefault();
                this.run();
            },
            onkeydown: (event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
                    event.preventDefault();
                    this.run();
                }
            }
        },
        h('h2', {}, 'Request'),
        h('div', { class: 'inside' },
          parts.length ? parts
                       : h('p', { class: 'hint' }, 'It takes no parameters.'),
          h('div', { class: 'actions' }, this.send, this.stop,
            parts.length > 0
            && h('span', { class: 'hint' }, h('kbd', {}, 'Ctrl'), ' ',
                 h('kbd', {}, 'Enter')))));
    }

    field(name, type, required, description, control, group) {
        const id = `f${this.count = (this.count ?? 0) + 1}`;
        const hint = description && h('p', { class: 'hint', id: `${id}-hint` },
                                      description);

        (group ?? control).id = id;
        (group ?? control).setAttribute('aria-required', !!required);

        if (hint) {
            (group ?? control).setAttribute('aria-describedby', `${id}-hint`);
        }

        if (group) {
            group.setAttribute('role', 'group');
            group.setAttribute('aria-labelledby', `${id}-name`);
        }

        return h('div', { class: 'field' },
            h('div', { class: 'label' },
              group ? h('span', { class: 'name', id: `${id}-name` }, name)
                    : h('label', { for: id }, name),
              h('span', { class: 'type' }, type),
              required && h('span', { class: 'must' }, 'required')),
            group ?? control, hint);
    }

    parameter(p) {
        const schema = resolve(p.schema);
        const given = p.example ?? (p.required ? undefined : null);
        const { control, group, values } = this.control(schema, given);

        this.fields.push({ in: p.in, name: p.name, values });

        return this.field(p.name, typeText(schema), p.required, p.description,
                          control, group);
    }

    // of a parameter, or of a form's field

    control(schema, given) {
        const items = schema.items && resolve(schema.items);
        const list = items?.enum;
        const choice = schema.enum
                       ?? (schema.type === 'boolean' ? [true, false] : null);

        if (list) {
            const boxes = list.map((value) => h('input', {
                type: 'checkbox',
                value: String(value),
                checked: [given].flat().includes(value)
            }));

            return {
                group: h('div', { class: 'checks' },
                         boxes.map((box) => h('label', {}, box, box.value))),
                values: () => boxes.filter((box) => box.checked)
                              .map((box) => box.value)
            };
        }

        if (choice) {
            const select = h('select', {}, h('option', { value: '' }, '—'),
                choice.map((value) => h('option', {
                    value: String(value),
                    selected: value === given
                }, String(value))));

            return {
                control: select,
                values: () => select.value === '' ? [] : [select.value]
            };
        }

        if (items) {
            const area = h('textarea', { rows: 2, spellcheck: 'false',
                                         placeholder: 'one in each line' });
            area.value = [given ?? []].flat().join('\n');

            return {
                control: area,
                values: () => area.value.split('\n').filter(Boolean)
            };
        }

        const input = h('input', {
            class: 'mono',
            autocomplete: 'off',
            spellcheck: 'false',
            inputmode: ['integer', 'number'].includes(schema.type)
                       && 'decimal',
            placeholder: schema.default !== undefined
                         ? JSON.stringify(schema.default) : null
        });

        input.value = given === undefined ? String(example(schema))
                                          : given ?? '';

        return {
            control: input,
            values: () => input.value === '' ? [] : [input.value]
        };
    }

    bodyOf(body) {
        const types = Object.keys(body.content);
        const json = types.find((type) => /[/+]json$/.test(type));
        const legend = h('legend', {}, 'Body');

        if (json) {
            return h('fieldset', {}, legend,
                     this.json(json, body.content[json], body));
        }

        if (types.some((type) => /form/.test(type))) {
            return h('fieldset', {}, legend, this.formBody(types, body));
        }

        const type = h('input', { class: 'mono',
                                  value: types[0] === '*/*' ? 'text/plain'
                                                            : types[0] });
        const area = h('textarea', { class: 'body', spellcheck: 'false' });

        this.body = {
            type: () => type.value,
            content: () => area.value,
            text: () => area.value
        };

        return h('fieldset', {}, legend,
                 this.field('Content-Type', '', true, '', type),
                 this.field('content', 'any', body.required, '', area));
    }

    json(type, media, body) {
        const value = media.example ?? example(media.schema ?? {});
        const area = h('textarea', { class: 'body', spellcheck: 'false' });
        const wrong = h('p', { class: 'hint wrong', role: 'status' });

        area.value = JSON.stringify(value, null, 2);

        area.addEventListener('input', () => {
            wrong.textContent = '';

            try {
                if (area.value.trim()) {
                    JSON.parse(area.value);
                }

            } catch (error) {
                wrong.textContent = `This is no JSON: ${error.message}`;
            }
        });

        this.body = {
            type: () => type,
            content: () => area.value.trim() ? area.value : null,
            text: () => area.value
        };

        return [
            this.field('JSON', '', body.required, body.description, area),
            wrong,
            media.schema && Object.keys(resolve(media.schema)).length > 0
            && h('details', {}, h('summary', {}, 'Schema'),
                 h('ul', { class: 'tree' }, tree('', media.schema)))
        ];
    }

    formBody(types, body) {
        const schema = resolve(body.content[types[0]].schema);
        const fields = [];
        const type = h('select', {}, types.map((name) => h('option', {}, name)));

        const rows = Object.entries(schema.properties ?? {}).map(
            ([name, from]) => {
                const member = resolve(from);
                const must = schema.required?.includes(name);
                const { control, group, values } =
                    this.control(member, must ? undefined : null);

                fields.push({ name, values });

                return this.field(name, typeText(member), must,
                                  member.description, control, group);
            });

        const pairs = () => fields.flatMap(({ name, values }) =>
                            values().map((value) => [name, value]));
        const multipart = () => type.value === 'multipart/form-data';

        this.body = {
            type: () => multipart() ? null : type.value,
            pairs: () => multipart() ? pairs() : null,
            content: () => {
                if (!multipart()) {
                    return new URLSearchParams(pairs()).toString();
                }

                const data = new FormData();
                pairs().forEach(([name, value]) => data.append(name, value));
                return data;
            },
            text: () => new URLSearchParams(pairs()).toString()
        };

        return [rows, this.field('Content-Type', '', false, '', type)];
    }

    // the first of the alternatives that an operation has

    schemes() {
        const needed = this.entry.op.security ?? api.security ?? [];
        const known = api.components?.securitySchemes ?? {};
        const names = new Set(needed.flatMap((all) => Object.keys(all)));

        return [...names].filter((name) => known[name]).map((name) => {
            const scheme = resolve(known[name]);
            const typed = credentials[name] ??= {};
            const input = (key, secret) => h('input', {
                class: 'mono',
                type: secret ? 'password' : 'text',
                autocomplete: 'off',
                value: typed[key] ?? '',
                'aria-label': key,
                placeholder: key,
                oninput: (event) => {
                    typed[key] = event.target.value;
                }
            });

            if (scheme.scheme === 'basic') {
                return this.field(name, 'basic', false, scheme.description,
                                  null, h('div', { class: 'pair' },
                                          input('user'),
                                          input('password', true)));
            }

            const type = scheme.type === 'apiKey'
                         ? `${scheme.in} ${scheme.name}`
                         : ['bearer', scheme.bearerFormat].filter(Boolean)
                           .join(' ');
            const control = input('token', true);

            control.removeAttribute('aria-label');

            return this.field(name, type, false, scheme.description, control);
        });
    }

    credentials(add) {
        const needed = this.entry.op.security ?? api.security ?? [];

        for (const name of new Set(needed.flatMap((all) =>
                                                  Object.keys(all))))
        {
            const scheme = resolve(api.components?.securitySchemes?.[name]);
            const typed = credentials[name] ?? {};

            if (scheme.scheme === 'basic') {
                if (typed.user || typed.password) {
                    const bytes = new TextEncoder().encode(
                        `${typed.user ?? ''}:${typed.password ?? ''}`);

                    add('header', 'Authorization',
                        'Basic ' + btoa(String.fromCharCode(...bytes)));
                }

            } else if (typed.token && scheme.type === 'apiKey') {
                add(scheme.in, scheme.name, typed.token);

            } else if (typed.token) {
                add('header', 'Authorization', 'Bearer ' + typed.token);
            }
        }
    }


    // ---- the request ----

    request() {
        const query = new URLSearchParams();
        const headers = [];
        const cookies = [];
        const path = {};

        const add = (place, name, value) => {
            if (place === 'path') {
                path[name] = value;

            } else if (place === 'query') {
                query.append(name, value);

            } else {
                (place === 'cookie' ? cookies : headers).push([name, value]);
            }
        };

        for (const field of this.fields) {
            field.values().forEach((value) => add(field.in, field.name, value));
        }

        this.credentials(add);

        const content = this.body?.content() ?? null;

        if (content !== null && this.body.type()) {
            headers.push(['Content-Type', this.body.type()]);
        }

        const pathname = this.entry.path.replace(/\{([^}]*)\}/g, (all, name) =>
                             encodeURIComponent(path[name] ?? ''));
        const search = query.toString();

        return {
            url: location.origin + pathname + (search ? `?${search}` : ''),
            method: this.entry.method.toUpperCase(),
            headers,
            cookies,
            content
        };
    }

    refresh() {
        const { url, method: name, headers, cookies, content } = this.request();
        const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
        const verb = name === (content === null ? 'GET' : 'POST') ? ''
                     : name === 'HEAD' ? '--head ' : `-X ${name} `;
        const words = [`curl ${verb}${quote(url)}`];

        headers.forEach((pair) => words.push('-H ' + quote(pair.join(': '))));

        if (cookies.length) {
            words.push('-b ' + quote(cookies.map((pair) => pair.join('='))
                                     .join('; ')));
        }

        for (const pair of this.body?.pairs?.() ?? []) {
            words.push('--form-string ' + quote(pair.join('=')));
        }

        if (typeof content === 'string') {
            words.push('--data-raw ' + quote(content));
        }

        this.command.textContent = words.join(' \\\n  ');
    }

    // a script may set cookies of its own server, but not send others

    withCookies(cookies) {
        const there = document.cookie;
        const here = new URL(location.origin
                             + this.entry.path.replace(/\{.*$/, '')).pathname;

        for (const [name, value] of cookies) {
            document.cookie = `${name}=${value}; path=${here}; `
                              + 'SameSite=Strict';
        }

        return () => {
            for (const [name] of cookies) {
                if (!there.includes(`${name}=`)) {
                    document.cookie = `${name}=; path=${here}; max-age=0`;
                }
            }
        };
    }

    idle() {
        this.answer.replaceChildren(
            h('div', { class: 'title' }, h('h2', {}, 'Answer')),
            h('p', { class: 'note' }, 'What comes back will be shown here.'));
    }

    async run() {
        if (this.abort) {
            return;
        }

        const { url, method: name, headers, cookies, content } = this.request();
        const began = performance.now();
        const restore = this.withCookies(cookies);

        this.abort = new AbortController();
        this.busy(true);
        say('Sent');

        try {
            const response = await fetch(url, {
                method: name,
                headers,
                body: content,
                signal: this.abort.signal,
                cache: 'no-store'
            });

            restore();
            await this.show(response, began);

        } catch (error) {
            restore();
            this.failed(error, began);
        }

        this.abort = null;
        this.busy(false);
    }

    busy(is) {
        this.send.disabled = is;
        this.stop.hidden = !is;
        this.answer.setAttribute('aria-busy', String(is));

        if (!is && document.activeElement === document.body) {
            this.send.focus();
        }
    }

    failed(error, began) {
        const why = error.name === 'AbortError'
                    ? `Cancelled after ${since(began)}.`
                    : `No answer: ${error.message}`;

        this.answer.replaceChildren(
            h('div', { class: 'title' }, h('h2', {}, 'Answer')),
            h('p', { class: 'note wrong' }, why));
        say(why);
    }

    async show(response, began) {
        const type = response.headers.get('Content-Type') ?? '';
        const streams = /ndjson|event-stream/.test(type);
        const facts = h('span', { class: 'facts' });
        const pre = h('pre', { tabindex: 0, 'aria-label': 'Body' });
        const title = `${response.status} ${response.statusText}`.trim();
        const decoder = new TextDecoder();
        const reader = response.body?.getReader();
        let text = '';
        let bytes = 0;

        this.answer.replaceChildren(
            h('div', { class: 'title' },
              h('h2', {}, 'Answer'),
              h('span', {
                  class: `status ${response.status < 400 ? 'good' : 'bad'}`
              }, title),
              facts,
              copyButton(() => text, () => pre)),
            pre,
            h('details', {}, h('summary', {}, 'Headers'),
              h('dl', { class: 'headers' },
                [...response.headers].map(([name, value]) =>
                    [h('dt', {}, name), h('dd', {}, value)]))));

        for (let part = {}; reader && !part.done;) {
            part = await reader.read();

            text += decoder.decode(part.value, { stream: !part.done });
            bytes += part.value?.length ?? 0;

            if (streams) {
                pre.textContent = text.slice(-SHOWN);
            }
        }

        facts.textContent = `${since(began)}, ${size(bytes)}`;

        if (!streams) {
            pre.replaceChildren(...(text ? shown(text, type)
                                         : ['(no body)']));
        }

        say(`Answer: ${title}`);
    }
}

function since(began) {
    const ms = performance.now() - began;

    return ms < 10 ? `${ms.toFixed(1)} ms`
           : ms < 10000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function size(bytes) {
    return bytes < 1024 ? `${bytes} B`
           : bytes < 1048576 ? `${(bytes / 1024).toFixed(1)} KB`
           : `${(bytes / 1048576).toFixed(1)} MB`;
}

function shown(text, type) {
    if (text.length > SHOWN) {
        return [text.slice(0, SHOWN), '\n… and more'];
    }

    if (/[/+]json/.test(type)) {
        try {
            JSON.parse(text);
            return pretty(text);

        } catch {
            return [text];
        }
    }

    return [text];
}

// Indents JSON and gives it colours, as text: a number of 64 bits stays as it is

function pretty(text) {
    const tokens = text.match(/"(?:[^"\\]|\\.)*"|[^\s{}[\],:"]+|[{}[\],:]/g);
    const out = [];
    let depth = 0;

    const line = () => out.push('\n' + '  '.repeat(depth));

    tokens.forEach((token, i) => {
        const next = tokens[i + 1];

        if (token === '{' || token === '[') {
            out.push(token);

            if (next !== '}' && next !== ']') {
                depth++;
                line();
            }

        } else if (token === '}' || token === ']') {
            if (tokens[i - 1] !== '{' && tokens[i - 1] !== '[') {
                depth--;
                line();
            }

            out.push(token);

        } else if (token === ',') {
            out.push(token);
            line();

        } else if (token === ':') {
            out.push(': ');

        } else {
            const kind = token[0] !== '"' ? (/^[-\d]/.test(token) ? 'n' : 'l')
                         : next === ':' ? 'k' : 's';

            out.push(h('span', { class: kind }, token));
        }
    });

    return out;
}


// ---- the beginning ----

async function begin() {
    const from = document.body.dataset.openapi;

    try {
        const response = await fetch(from);

        if (!response.ok) {
            throw new Error(`${response.status} ${response.statusText}`);
        }

        api = await response.json();

    } catch (error) {
        $('content').replaceChildren(
            h('p', { class: 'note wrong', role: 'alert' },
              `The document ${from} could not be read: ${error.message}`));
        return;
    }

    $('version').textContent = api.info?.version ?? '';
    gather();
    route();

    addEventListener('hashchange', route);
    $('filter').addEventListener('input', fillList);

    addEventListener('keydown', (event) => {
        if (event.key === '/' && !event.ctrlKey && !event.metaKey
            && !/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName))
        {
            event.preventDefault();
            $('filter').focus();
        }
    });
}

begin();
