import { judgeByRulesOf } from "./support/judged-talk.ts";

judgeByRulesOf("anthropic");
