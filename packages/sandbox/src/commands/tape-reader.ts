import { Readable } from "node:stream";
import type { OutputTape } from "./output-tape.ts";

/** Bytes that a reader holds beside the tape: two of the reads that Node makes. */
const readerBytes = 2 ** 17;

export interface TapeReader {
  readonly stream: Readable;
  /** Of the next byte that the stream takes. */
  position(): number;
  /** Bytes that it has left out. */
  lost(): number;
  /** Takes what there is, as far as somebody reads. */
  take(): void;
}

export interface TapeReaderEvents {
  /** It has taken something by its own reader's wish. */
  readonly onTaken: () => void;
  readonly onClosed: () => void;
}

/** A stream over a tape, from its oldest kept byte on. */
export function createTapeReader(tape: OutputTape, { onTaken, onClosed }: TapeReaderEvents): TapeReader {
  let position = 0;
  let lost = 0;
  let wanted = false;

  function skipTo(start: number): void {
    lost += Math.max(0, start - position);
    position = Math.max(start, position);
  }

  function take(): void {
    skipTo(tape.log.start);
    while (wanted) {
      const piece = tape.log.pieceAt(position);
      if (piece === undefined) break;
      position += piece.length;
      wanted = stream.push(piece);
    }
    if (wanted && tape.ended) {
      wanted = false;
      stream.push(null);
    }
  }

  const stream = new Readable({
    highWaterMark: readerBytes,
    read() {
      wanted = true;
      take();
      onTaken();
    },
    destroy(error, done) {
      wanted = false;
      onClosed();
      done(error);
    },
  });
  skipTo(tape.log.start);
  return { stream, position: () => position, lost: () => lost, take };
}
