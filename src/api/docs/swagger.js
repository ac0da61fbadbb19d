// Starts Swagger UI, whose files the user serves, with the document of this
// server; dark and light as the system is.

'use strict';

const { openapi, assets } = document.body.dataset;
const dark = matchMedia('(prefers-color-scheme: dark)');

function paint() {
    document.documentElement.classList.toggle('dark-mode', dark.matches);
}

function start() {
    SwaggerUIBundle({
        url: openapi,
        dom_id: '#swagger-ui',
        deepLinking: true,
        tryItOutEnabled: true,
        displayRequestDuration: true,
        validatorUrl: null
    });
}

function missing() {
    const note = document.createElement('p');

    note.className = 'note';
    note.setAttribute('role', 'alert');
    note.textContent = `Swagger UI is not there: ${assets}swagger-ui-bundle.js`
                       + ' could not be loaded.';

    document.getElementById('swagger-ui').replaceChildren(note);
}

paint();
dark.addEventListener('change', paint);

if (typeof SwaggerUIBundle === 'undefined') {
    missing();

} else {
    start();
}
