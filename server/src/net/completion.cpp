#include "net/completion.hpp"

#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

namespace medialith::net {

void post_to(const AnyExecutor& executor, std::move_only_function<void()> job) {
  // Tracked, the loop counts this as work and does not end (run_sync()) while post() still holds its lock.
  const AnyExecutor tracked = boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked);
  boost::asio::post(tracked, std::move(job));
}

}  // namespace medialith::net
