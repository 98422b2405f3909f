#!/usr/bin/env node
import { main } from "@cloison/cli";

process.exitCode = await main(process.argv.slice(2));
