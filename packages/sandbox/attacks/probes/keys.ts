import { newMark } from "../host-processes.ts";
import { nativeProbes } from "../native-probe.ts";
import { actOfPlantedHost, actWithPlant } from "../planted-host.ts";
import type { Probe, ProbeContext } from "../probe.ts";

function readOutside(context: ProbeContext) {
  const key = newMark();
  return actWithPlant(context, ["with-key", key], ["read-key", key]);
}

const planted = {
  area: "kernel surface",
  source: "keyrings(7), session-keyring(7): no namespace divides them",
  control: readOutside,
} as const;

/** Keys that the kernel keeps. */
export const keyProbes: readonly Probe[] = [
  {
    ...planted,
    id: "session-key",
    title: "a key of the host's session",
    method: "request_key() and KEYCTL_READ of a key that the host had before it made the sandbox",
    attack: (context) => {
      const key = newMark();
      return actOfPlantedHost(context, ["with-key", key], { act: ["read-key", key] });
    },
  },
  {
    ...planted,
    id: "session-key-without-filter",
    title: "a key of the host's session, without the filter",
    method: "the same in a sandbox whose filter allows it: its session is another",
    attack: (context) => {
      const key = newMark();
      return actOfPlantedHost(context, ["with-key", key], { act: ["read-key", key], off: ["seccomp"] });
    },
  },
  ...nativeProbes("kernel surface", [
    {
      id: "add-key",
      title: "a key of its own",
      method: "add_key()",
      source: "CVE-2016-0728, CVE-2017-7472",
      act: ["add-key"],
      controls: ["unfiltered"],
    },
    {
      id: "request-key",
      title: "anybody's key",
      method: "request_key()",
      source: "request_key(2)",
      act: ["request-key", "cloison-attack-none"],
      controls: ["unfiltered"],
    },
    {
      id: "keyctl",
      title: "the user's keyring",
      method: "keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING)",
      source: "user-keyring(7)",
      act: ["find-keyring"],
      controls: ["unfiltered"],
    },
  ]),
];
