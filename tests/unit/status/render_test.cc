#include "status/render.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>
#include <vector>

namespace status {
namespace {

std::vector<Sight> one_served() {
  std::vector<Sight> sights(1);
  auto& sight = sights.front();
  sight.path = "/run/shop/web.sock";
  sight.lease = Lease::held;
  sight.there = There::alive;
  sight.told = Told{"serving", "shop-web", std::string(64, 'a'), "notice: took over from: container=b", 3, 1, 12, 990, 900};
  sight.container = sight.told->container;
  sight.engine = "docker";
  sight.web = 7;
  sight.command = "gunicorn shop.wsgi";
  sight.queue = Queue{2, 4096};
  return sights;
}

TEST(Table, HasOneLineForEachSight) {
  EXPECT_EQ(table(one_served(), 1000, Layout::tabs),
            "PATH\tSTATE\tOWNER\tPID\tCOMMAND\tCONTAINER\tENGINE\tGENERATION\tSINCE\tUPTIME\tRESTARTS\tREAPED\tQUEUE\tLAST EVENT\n"
            "/run/shop/web.sock\tserving\tshop-web\t7\tgunicorn shop.wsgi\taaaaaaaaaaaa\tdocker\t3\t10s\t100s\t1\t12\t2/4096\t"
            "notice: took over from: container=b\n");
}

TEST(Table, IsAlignedOnATerminal) {
  auto sights = one_served();
  sights.push_back({});
  sights.back().path = "/ä";
  const auto text = table(sights, 1000, Layout::aligned);
  const auto first = text.find("STATE"), line = text.find("/ä");
  ASSERT_NE(first, std::string::npos);
  ASSERT_NE(line, std::string::npos);
  EXPECT_EQ(text.find("unknown") - line, first + 1) << "one letter more in bytes than in columns\n" << text;
  EXPECT_EQ(text.find('\t'), std::string::npos);
}

TEST(Table, SaysWhyAnythingIsUnknown) {
  std::vector<Sight> sights(1);
  sights.front().path = "/run/x.sock";
  sights.front().reason = "its lease: Permission denied";
  EXPECT_NE(table(sights, 0, Layout::tabs).find("\tits lease: Permission denied\n"), std::string::npos);
}

TEST(Table, HasADashForWhatALauncherHasNotToldYet) {
  auto sights = one_served();
  sights.front().told = Told{"starting", "shop-web", "b", "", 0, 0, 0, 0, 0};
  sights.front().queue.reset();
  EXPECT_NE(table(sights, 1000, Layout::tabs).find("\tdocker\t-\t-\t-\t0\t0\t-\t-\n"), std::string::npos)
      << table(sights, 1000, Layout::tabs);
}

TEST(Shown, IsNothingThatATerminalWouldActOn) {
  EXPECT_EQ(shown("a\033[2Jb\nc\xff" "d\u202Ee\u00e4"), "a?[2Jb?c?d?e\u00e4");
}

TEST(Json, IsOneLineWithAMemberForEachColumn) {
  const auto text = json(one_served(), 1000);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  const auto place = boost::json::parse(text).at("places").at(0);
  EXPECT_EQ(place.at("path"), "/run/shop/web.sock");
  EXPECT_EQ(place.at("kind"), "socket");
  EXPECT_EQ(place.at("state"), "serving");
  EXPECT_EQ(place.at("owner"), "shop-web");
  EXPECT_EQ(place.at("pid"), 7);
  EXPECT_EQ(place.at("command"), "gunicorn shop.wsgi");
  EXPECT_EQ(place.at("container"), boost::json::value(std::string(64, 'a')));
  EXPECT_EQ(place.at("engine"), "docker");
  EXPECT_EQ(place.at("generation"), 3);
  EXPECT_EQ(place.at("since"), "1970-01-01T00:16:30.000Z");
  EXPECT_EQ(place.at("uptime_seconds"), 100);
  EXPECT_EQ(place.at("restarts"), 1);
  EXPECT_EQ(place.at("reaped"), 12);
  EXPECT_EQ(place.at("waiting"), 2);
  EXPECT_EQ(place.at("backlog"), 4096);
  EXPECT_EQ(place.at("event"), "notice: took over from: container=b");
  EXPECT_TRUE(place.at("reason").is_null());
}

TEST(Json, HasTheSameMembersWhereNothingIsKnown) {
  const auto full = boost::json::parse(json(one_served(), 0)).at("places").at(0).as_object();
  const auto empty = boost::json::parse(json(std::vector<Sight>(1), 0)).at("places").at(0).as_object();
  ASSERT_EQ(full.size(), empty.size());
  for (const auto& member : full) EXPECT_TRUE(empty.contains(member.key())) << member.key();
  EXPECT_TRUE(empty.at("pid").is_null());
  EXPECT_EQ(empty.at("state"), "unknown");
}

TEST(Json, IsNullWhereALauncherHasNotToldATime) {
  auto sights = one_served();
  sights.front().kind = ownership::Item::Kind::pid_file;
  sights.front().told->since = sights.front().told->started = 0;
  const auto place = boost::json::parse(json(sights, 1000)).at("places").at(0);
  EXPECT_EQ(place.at("kind"), "pid_file");
  EXPECT_TRUE(place.at("since").is_null());
  EXPECT_TRUE(place.at("uptime_seconds").is_null());
}

TEST(Openmetrics, EscapesWhatALabelHolds) {
  auto sights = one_served();
  sights.front().path = "/a\"b\\c";
  EXPECT_NE(openmetrics(sights).find("solinit_serving{path=\"/a\\\"b\\\\c\",owner=\"shop-web\","), std::string::npos);
}

TEST(Openmetrics, CountsInTotals) {
  const auto text = openmetrics(one_served());
  EXPECT_NE(text.find("\nsolinit_restarts_total{"), std::string::npos);
  EXPECT_NE(text.find("\nsolinit_reaped_processes_total{"), std::string::npos);
  EXPECT_NE(text.find("solinit_state=\"handing over\"} 0\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\n# EOF\n"));
}

TEST(Openmetrics, HasNoSampleOfWhatIsNotKnown) {
  const auto text = openmetrics(std::vector<Sight>(1));
  EXPECT_NE(text.find("\nsolinit_serving{path=\"\",owner=\"\",container=\"\"} 0\n"), std::string::npos) << text;
  for (const std::string name : {"generation", "start_time_seconds", "restarts_total", "waiting_connections"})
    EXPECT_EQ(text.find("\nsolinit_" + name + "{"), std::string::npos) << name;
  auto sights = one_served();
  sights.front().told->since = 0;
  EXPECT_EQ(openmetrics(sights).find("\nsolinit_state_since_seconds{"), std::string::npos);
}

}  // namespace
}  // namespace status
