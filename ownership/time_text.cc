#include "ownership/time_text.h"

#include <cstddef>
#include <string_view>

namespace ownership {

std::array<char, 24> format_time(const timespec& when) noexcept {
  const long days = when.tv_sec / 86400, seconds = when.tv_sec % 86400;
  // From days since 1970 to a Gregorian date, in years that begin in March and eras of 400 years.
  const long shifted = days + 719468, era = shifted / 146097, day_of_era = shifted % 146097;
  const long year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const long day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const long month_from_march = (5 * day_of_year + 2) / 153;
  const long month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  std::array<long, 7> parts{year_of_era + era * 400 + (month <= 2 ? 1 : 0),
                            month,
                            day_of_year - (153 * month_from_march + 2) / 5 + 1,
                            seconds / 3600,
                            seconds / 60 % 60,
                            seconds % 60,
                            when.tv_nsec / 1'000'000};
  constexpr std::string_view shape = "0000-11-22T33:44:55.666Z";  // each digit names its part
  std::array<char, 24> text{};
  for (std::size_t i = shape.size(); i-- > 0;) {
    text[i] = shape[i];
    if (shape[i] < '0' || shape[i] > '6') continue;
    long& part = parts[static_cast<std::size_t>(shape[i] - '0')];
    text[i] = static_cast<char>('0' + part % 10);
    part /= 10;
  }
  return text;
}

}  // namespace ownership
