#!/usr/bin/env node
import { sandboxCli } from "./sandbox-cli.ts";

process.exitCode = await sandboxCli(process.argv.slice(2));
