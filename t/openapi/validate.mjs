// Validates an OpenAPI document by two validators; says what is wrong, and
// fails, if one of them does not take it.
//
//     node validate.mjs FILE

import { readFileSync } from 'node:fs';
import SwaggerParser from '@apidevtools/swagger-parser';
import { Validator } from '@seriousme/openapi-schema-validator';

const text = readFileSync(process.argv[2], 'utf8');
let failed = false;

function refused(validator, why) {
    console.log(`${validator}: ${why}`);
    failed = true;
}

const { valid, errors } = await new Validator().validate(JSON.parse(text));

if (!valid) {
    refused('openapi-schema-validator', JSON.stringify(errors, null, 2));
}

try {
    await SwaggerParser.validate(JSON.parse(text));

} catch (err) {
    refused('swagger-parser', err.message);
}

process.exit(failed ? 1 : 0);
