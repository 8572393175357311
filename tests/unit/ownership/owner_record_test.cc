#include "ownership/owner_record.h"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace ownership;

OwnerRecord full_record() {
  OwnerRecord record;
  record.owner = "shop-web";
  record.generation = 18446744073709551615u;
  record.container = std::string(64, 'a');
  record.pid = 7;
  record.is_pid_one_container = true;
  record.boot_id = "5e5f1b6e-0000-4000-8000-000000000000";
  record.started = "2024-02-29T12:34:56Z";
  record.started_unix = 1'709'210'096;
  record.socket_dev = 65026;
  record.socket_ino = 18446744073709551614u;
  record.superseded = {"one", "t\"w\\o\n", "é"};
  return record;
}

TEST(OwnerRecord, ReadsWhatItWrote) {
  const auto record = full_record();
  const auto text = format_owner_record(record);
  const auto read = parse_owner_record(text);
  ASSERT_TRUE(read) << text;
  EXPECT_EQ(*read, record);
  EXPECT_TRUE(text.ends_with("}\n"));
}

TEST(OwnerRecord, NeedsOwnerContainerAndPidAlone) {
  const auto read = parse_owner_record(R"({"owner":"a","container":"","pid":1,"later_version":[{}]})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->generation, 1u);
  EXPECT_TRUE(read->superseded.empty());
  EXPECT_FALSE(parse_owner_record(R"({"container":"b","pid":1})"));
  EXPECT_FALSE(parse_owner_record(R"({"owner":"a","pid":1})"));
  EXPECT_FALSE(parse_owner_record(R"({"owner":"a","container":"b"})"));
}

TEST(OwnerRecord, IsNothingWhenItIsNotOne) {
  for (const std::string text : {"",
                                 "{",
                                 "[]",
                                 "7",
                                 "null",
                                 "\"owner\"",
                                 "{\"owner\":\"a\"} x",
                                 "\x01\xff",
                                 "{\"owner\":\"\xff\"}",
                                 R"({"owner":7,"container":"b","pid":1})",
                                 R"({"owner":"a","container":"b","pid":"1"})",
                                 R"({"owner":"a","container":"b","pid":1.5})",
                                 R"({"owner":"a","container":"b","pid":-1})",
                                 R"({"owner":"a","container":"b","pid":99999999999})",
                                 R"({"owner":"a","container":"b","pid":true})",
                                 R"({"owner":"a","container":"b","pid":1,"generation":-1})",
                                 R"({"owner":"a","container":"b","pid":1,"generation":1e300})",
                                 R"({"owner":"a","container":"b","pid":1,"is_pid_one_container":1})",
                                 R"({"owner":"a","container":"b","pid":1,"superseded":"x"})",
                                 R"({"owner":"a","container":"b","pid":1,"superseded":[7]})",
                                 R"({"owner":"a","container":"b","pid":1,"superseded":[[[[[[]]]]]]})"})
    EXPECT_FALSE(parse_owner_record(text)) << text;
}

TEST(OwnerRecord, HasLimits) {
  EXPECT_FALSE(parse_owner_record(R"({"owner":"a","container":"b","pid":1})" + std::string(65 * 1024, ' ')));
  EXPECT_FALSE(parse_owner_record(R"({"owner":")" + std::string(257, 'a') + R"(","container":"b","pid":1})"));
  EXPECT_FALSE(parse_owner_record(std::string(60'000, '[')));
}

TEST(OwnerRecord, RemembersTheNewestThirtyTwo) {
  auto record = full_record();
  record.superseded.clear();
  for (int i = 0; i < 40; ++i) record.superseded.push_back(std::to_string(i));
  const auto read = parse_owner_record(format_owner_record(record));
  ASSERT_TRUE(read);
  ASSERT_EQ(read->superseded.size(), 32u);
  EXPECT_EQ(read->superseded.front(), "8");
  EXPECT_EQ(read->superseded.back(), "39");
}

TEST(OwnerRecord, IsDescribedAsEnginesPrint) {
  auto record = full_record();
  const auto start = record.started_unix;
  EXPECT_EQ(describe(record, start + 41), "shop-web pid=7 container=aaaaaaaaaaaa since=41s");
  record.container = "web-1";
  EXPECT_EQ(describe(record, start + 600), "shop-web pid=7 container=web-1 since=10m");
  EXPECT_EQ(describe(record, start + 7200), "shop-web pid=7 container=web-1 since=2h");
  EXPECT_EQ(describe(record, start + 86400 * 9), "shop-web pid=7 container=web-1 since=9d");
  EXPECT_EQ(describe(record, start - 50), "shop-web pid=7 container=web-1 since=0s");
  record.container.clear();
  record.started_unix = 0;
  EXPECT_EQ(describe(record, 5), "shop-web pid=7");
}

}  // namespace
