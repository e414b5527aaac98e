// What the mini-program's sentences and times read of its settings.

/** The gym's zone as an offset from UTC in minutes (Asia/Shanghai keeps +8 all year). */
export const gymOffsetMinutes = 480
