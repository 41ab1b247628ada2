// The hold model of `sim bench queue` on std::priority_queue, as a yardstick: take the earliest
// event and add one an exponential gap later, with a constant number of events pending. Events have
// the same fields and the same total order (time, then rank).
//
//   g++ -O2 -o hold-model hold-model.cpp && ./hold-model 1000
//
// Prints operations per second; an operation is one pop with one push.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <queue>
#include <random>
#include <vector>

struct Event {
  double time;
  std::uint64_t rank;
  std::uint32_t stamp;
};

struct IsLater {
  bool operator()(const Event& a, const Event& b) const {
    return a.time > b.time || (a.time == b.time && a.rank > b.rank);
  }
};

constexpr std::size_t kGaps = std::size_t{1} << 20;
constexpr double kMeanGapTicks = 8e6;
constexpr int kRounds = 5;
constexpr std::size_t kOperationsPerRound = 500000;

int main(int argc, char** argv) {
  const std::size_t pending = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000;
  std::mt19937_64 random(1);
  std::exponential_distribution<double> draw(1 / kMeanGapTicks);
  std::vector<double> gaps(kGaps);
  for (double& gap : gaps) gap = std::round(draw(random));

  std::priority_queue<Event, std::vector<Event>, IsLater> queue;
  for (std::size_t entity = 0; entity < pending; entity++) {
    queue.push({gaps[entity & (kGaps - 1)], entity, 0});
  }
  std::vector<double> rates;
  std::size_t next = pending;
  for (int round = 0; round <= kRounds; round++) {
    const auto started = std::chrono::steady_clock::now();
    for (const std::size_t end = next + kOperationsPerRound; next < end; next++) {
      Event event = queue.top();
      queue.pop();
      event.time += gaps[next & (kGaps - 1)];
      queue.push(event);
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
    // The first round warms up.
    if (round > 0) rates.push_back(kOperationsPerRound / taken.count());
  }
  std::sort(rates.begin(), rates.end());
  std::printf("%.0f\n", rates[rates.size() / 2]);
  // Keeps the compiler from leaving out the work.
  return queue.top().time < 0;
}
