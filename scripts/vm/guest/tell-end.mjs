import { tell } from "./tell.mjs";

tell({ end: true });
