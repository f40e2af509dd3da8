/** RL-20: how many segments a message may have. */
export const segmentOfCompactMax = 255
/** RL-32: how many gaps are told apart; the oldest grow together. */
export const gapsMax = 1024
/** RL-34: how many missing numbers one step reports, and the most of one gap. */
export const missingReportedMax = 256
/** RL-34: how many missing numbers the application has been told of and still waits for. */
export const missingToldMax = 1024
/** RL-33: how many ranges one message asks for. */
export const requestedRangesMax = 16
/** RL-36: the most messages and bytes of content that one request brings about. */
export const repairMessagesMax = 256
export const repairBytesMax: number = 1024 * 1024
/** RL-36: how many numbers of a request are looked at. */
export const repairLookupsMax = 4096
/** RL-22: no sequence number is above this. */
export const sequenceMax: number = 2 ** 48 - 1
