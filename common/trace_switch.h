// Switching the recording of a running process on and off: what `memo trace --attach` and the tracer in the
// process agree on.
//
// The signal MEMO_TRACE_SIGNAL, sent with one of these values (sigqueue), switches on or off; sent without
// one (kill), it switches to the other state. What is asked for already is done: nothing changes.
#pragma once

namespace memo {

inline constexpr int kSwitchOff = 0x6d656d30;
inline constexpr int kSwitchOn = 0x6d656d31;

// The signal that `memo trace --idle` chooses: a real-time one, since programs have uses for SIGUSR1 and
// SIGUSR2.
inline constexpr int kSwitchSignal = 60;

// The tracer's file holds this, then its version and a zero byte, so that another version can be told before
// it gets a signal that it may not understand. Cut in two, so that a file that only looks for it does not
// hold it.
inline constexpr const char* kTracerMark[2] = {"memotrace", " switches by value, version "};

}  // namespace memo
