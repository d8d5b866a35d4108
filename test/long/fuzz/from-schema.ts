import fc from 'fast-check';
import { z } from 'zod';

/** The members of JSON Schema that the contracts use. */
interface Schema {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

/** What a member of that name may be beside anything that fits its schema: what the app under test knows. */
export type Known = Readonly<Partial<Record<string, readonly string[]>>>;

/**
 * Values that fit a schema of the contracts, as far as JSON Schema tells; refinements that it does not tell may refuse some of them.
 * Throws for a schema of a kind that it does not know, so that no route goes without cases.
 */
export function fittingValues(schema: z.ZodType, known: Known): fc.Arbitrary<unknown> {
  return valuesOf(z.toJSONSchema(schema, { io: 'input' }) as Schema, '', known);
}

function valuesOf(schema: Schema, name: string, known: Known): fc.Arbitrary<unknown> {
  const several = schema.anyOf ?? schema.oneOf;
  if (several) return fc.oneof(...several.map((one) => valuesOf(one, name, known)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'string':
      return textsOf(schema, name, known);
    case 'integer':
    case 'number':
      return fc.integer({ min: schema.minimum ?? -1_000, max: Math.min(schema.maximum ?? 1_000, 2 ** 31 - 1) });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return listsOf(schema, name, known);
    case 'object':
      return objectsOf(schema, known);
    default:
      throw new Error(`The fuzz knows no values for ${name}: ${JSON.stringify(schema)}`);
  }
}

function textsOf(schema: Schema, name: string, known: Known): fc.Arbitrary<unknown> {
  const generated = generatedTexts(schema);
  const familiar = known[name];
  return familiar?.length ? fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...familiar) }, generated) : generated;
}

function generatedTexts(schema: Schema): fc.Arbitrary<string> {
  if (schema.format === 'date-time') {
    const dates = fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true });
    return dates.map((date) => date.toISOString());
  }
  if (schema.format === 'uuid' || schema.format === 'guid') return fc.uuid();
  const pattern = schema.pattern ?? schema.allOf?.[0]?.pattern;
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern), { size: 'xsmall' });
  const minLength = schema.minLength ?? 0;
  const maxLength = Math.min(schema.maxLength ?? 60, Math.max(60, minLength));
  return fc.oneof(
    fc.string({ minLength, maxLength }),
    fc.string({ unit: 'grapheme', minLength, maxLength: Math.max(minLength, Math.floor(maxLength / 8)) }),
  );
}

function listsOf(schema: Schema, name: string, known: Known): fc.Arbitrary<unknown> {
  const item = valuesOf(schema.items ?? {}, name, known);
  const bounds = { minLength: schema.minItems ?? 0, maxLength: Math.min(schema.maxItems ?? 4, 4) };
  return schema.uniqueItems ? fc.uniqueArray(item, bounds) : fc.array(item, bounds);
}

function objectsOf(schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const members = Object.entries(schema.properties ?? {});
  const model = Object.fromEntries(members.map(([name, member]) => [name, valuesOf(member, name, known)]));
  const required = new Set(schema.required ?? []);
  return fc.record(model, {
    requiredKeys: Object.keys(model).filter((name) => required.has(name)),
    noNullPrototype: true,
  });
}
