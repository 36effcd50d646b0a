// Which sanitizers this program was built with: some tests are smaller under them, and one cannot be run.
#pragma once

namespace memo::testing {

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define MEMO_UNDER_TSAN 1
#endif
#if __has_feature(address_sanitizer)
#define MEMO_UNDER_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define MEMO_UNDER_TSAN 1
#endif
#if defined(__SANITIZE_ADDRESS__)
#define MEMO_UNDER_ASAN 1
#endif

#if defined(MEMO_UNDER_TSAN)
inline constexpr bool kUnderThreadSanitizer = true;
#else
inline constexpr bool kUnderThreadSanitizer = false;
#endif

#if defined(MEMO_UNDER_TSAN) || defined(MEMO_UNDER_ASAN)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace memo::testing
