#include "launcher/plan_flat.h"

#include <csignal>
#include <limits>
#include <utility>

#include "manifests/flat.h"
#include "manifests/flat_reader.h"
#include "manifests/flat_writer.h"

namespace launcher {
namespace {

using manifests::FlatReader;
using manifests::FlatWriter;

enum class Kind { draft, answer };

void put(FlatWriter& writer, const std::bitset<256>& statuses) {
  for (std::size_t status = 0; status < statuses.size(); ++status) writer.put(statuses.test(status));
}

std::bitset<256> take_statuses(FlatReader& reader) {
  std::bitset<256> statuses;
  for (std::size_t status = 0; status < statuses.size(); ++status) statuses.set(status, reader.take<bool>());
  return statuses;
}

bool is_signal(int number) { return number >= 0 && number <= SIGRTMAX; }

void put(FlatWriter& writer, const Plan& plan) {
  writer.put(plan.personality);
  writer.put(plan.manifest.has_value());
  if (plan.manifest) manifests::put(writer, *plan.manifest);
  writer.put(std::string_view(plan.manifest_path));
  writer.put(plan.scope);
  writer.put(plan.own_session);
  writer.put(plan.adopts_orphans);
  writer.put(plan.warns_when_not_reaping);
  writer.put(plan.parent_death_signal);
  put(writer, plan.success_statuses);
  for (const auto number : plan.rewritten) writer.put(number);
  writer.put(plan.pauses);
  writer.put(plan.question);
  writer.put(plan.view.form);
  writer.put(plan.view.watches);
  writer.put(std::string_view(plan.explained));
  writer.put(plan.allows_remote_volume);
  writer.put(plan.level);
  writer.put(plan.format);
}

Plan take_plan(FlatReader& reader) {
  using ownership::log::Format;
  using ownership::log::Level;
  Plan plan;
  plan.personality = reader.take(Personality::catatonit);
  if (reader.take<bool>()) plan.manifest = manifests::take_manifest(reader);
  plan.manifest_path = reader.take_text();
  plan.scope = reader.take(Scope::group);
  plan.own_session = reader.take<bool>();
  plan.adopts_orphans = reader.take<bool>();
  plan.warns_when_not_reaping = reader.take<bool>();
  plan.parent_death_signal = reader.take<int>();
  if (!is_signal(plan.parent_death_signal)) reader.fail();
  plan.success_statuses = take_statuses(reader);
  for (auto& number : plan.rewritten) {
    number = reader.take<std::uint8_t>();
    if (number != dropped_signal && !is_signal(number)) reader.fail();
  }
  plan.pauses = reader.take<bool>();
  plan.question = reader.take(Question::explain);
  plan.view.form = reader.take(status::Form::openmetrics);
  plan.view.watches = reader.take<bool>();
  plan.explained = reader.take_text();
  plan.allows_remote_volume = reader.take<bool>();
  plan.level = reader.take(Level::debug);
  plan.format = reader.take(Format::json);
  return plan;
}

Answer take_answer(FlatReader& reader) {
  Answer answer;
  answer.exit_code = reader.take<std::uint8_t>();
  answer.out = reader.take_text();
  answer.err = reader.take_text();
  return answer;
}

}  // namespace

std::string encode(const std::variant<Draft, Answer>& outcome) {
  FlatWriter writer;
  if (const auto* answer = std::get_if<Answer>(&outcome)) {
    writer.put(Kind::answer);
    writer.put(static_cast<std::uint8_t>(answer->exit_code));
    writer.put(std::string_view(answer->out));
    writer.put(std::string_view(answer->err));
  } else {
    const auto& draft = std::get<Draft>(outcome);
    writer.put(Kind::draft);
    put(writer, draft.plan);
    writer.put(draft.first_argument);
  }
  return std::move(writer).finish();
}

std::optional<std::variant<Draft, Answer>> decode(std::string_view bytes) {
  FlatReader reader(bytes);
  std::variant<Draft, Answer> outcome;
  if (reader.take(Kind::answer) == Kind::answer) {
    outcome = take_answer(reader);
  } else {
    Draft draft;
    draft.plan = take_plan(reader);
    draft.first_argument = reader.take<std::uint32_t>();
    outcome = std::move(draft);
  }
  if (!reader.is_whole()) return std::nullopt;
  return outcome;
}

}  // namespace launcher
