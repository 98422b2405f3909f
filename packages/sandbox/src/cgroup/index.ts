export type { Cgroup, CgroupDriver, CgroupJoin, CgroupLimits, CgroupStats } from "./cgroup.ts";
export { errorCode } from "./control-file.ts";
export { CgroupBusyError, CgroupOptionError, CgroupUnavailableError, cgroupFix } from "./errors.ts";
export { type FindCgroupOptions, findCgroupDriver } from "./find.ts";
export { ioRates, leastIoRate } from "./limits.ts";
export { sweepCgroups } from "./sweep.ts";
