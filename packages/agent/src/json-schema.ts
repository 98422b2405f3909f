/** The part of JSON Schema that tool parameters use. */
export type PropertySchema =
  | { readonly type: "string"; readonly description: string }
  | { readonly type: "boolean"; readonly description: string }
  | {
      readonly type: "integer";
      readonly description: string;
      readonly minimum: number;
      readonly maximum: number;
    };

/** A tool's parameters. Plain JSON, so that it goes to any model API as it is. */
export interface ParametersSchema {
  readonly type: "object";
  readonly properties: Readonly<Record<string, PropertySchema>>;
  readonly required: readonly string[];
}

type ValueOf<P extends PropertySchema> = P extends { type: "string" }
  ? string
  : P extends { type: "boolean" }
    ? boolean
    : number;

/** The TypeScript type of arguments that satisfy a schema. */
export type ArgumentsOf<S extends ParametersSchema> = {
  readonly [K in keyof S["properties"] & S["required"][number]]: ValueOf<S["properties"][K]>;
} & {
  readonly [K in Exclude<keyof S["properties"], S["required"][number]>]?: ValueOf<S["properties"][K]>;
};
