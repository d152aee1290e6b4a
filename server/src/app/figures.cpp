#include "app/figures.hpp"

#include <cstdint>
#include <type_traits>

namespace medialith::app {
namespace {

class Register {
 public:
  explicit Register(Metrics& metrics) : metrics_(metrics) {}
  template <class F>
  void operator()(std::string_view name, std::string_view help, F read) const {
    metrics_.asked(name, help, [read] { return static_cast<double>(read()); });
  }

 private:
  Metrics& metrics_;
};

void add_database(const Register& add, const db::Database& database) {
  add("medialith_db_commits_total", "Groups of writes committed.", [&] { return database.stats().groups; });
  add("medialith_db_writes_total", "Writes committed or refused in them.", [&] { return database.stats().writes; });
  add("medialith_db_reruns_total", "Times a write ran again.", [&] { return database.stats().reruns; });
  add("medialith_db_checkpoints_total", "Times the log was copied into the database.",
      [&] { return database.stats().checkpoints; });
  add("medialith_db_log_bytes", "Size of the write-ahead log.", [&] { return database.stats().log_bytes; });
  add("medialith_db_write_queue", "Writes that wait for the writer now.",
      [&] { return database.stats().queue_length; });
  add("medialith_db_short_reads_moved_total", "Short reads that took over 5 ms and went to the work pool.",
      [&] { return database.stats().short_reads_moved; });
}

void add_blobs(const Register& add, const blob::DiskStore& blobs) {
  add("medialith_blob_writable", "1 while the store takes files; 0 after a flush failed or the disk is read-only.",
      [&] { return blobs.health().writable ? 1 : 0; });
  add("medialith_blob_free_bytes", "Room for files.", [&] { return blobs.free_bytes().value_or(0); });
  add("medialith_blob_buffered_bytes", "Held in buffers of uploads now.",
      [&] { return blobs.health().buffered_bytes; });
  add("medialith_blob_file_fsyncs_total", "Flushes of files.", [&] { return blobs.health().file_fsyncs; });
  add("medialith_blob_folder_fsyncs_total", "Flushes of folders.", [&] { return blobs.health().folder_fsyncs; });
}

void add_http(const Register& add, const http::Server& http) {
  add("medialith_http_connections", "Connections open now.", [&] { return http.stats().connections_open; });
  add("medialith_http_connections_total", "Connections accepted.", [&] { return http.stats().connections; });
  add("medialith_http_connections_refused_total", "Connections over a limit.",
      [&] { return http.stats().connections_refused; });
  add("medialith_http_requests_total", "Requests.", [&] { return http.stats().requests; });
  add("medialith_http_received_bytes_total", "Heads and bodies of requests.",
      [&] { return http.stats().bytes_received; });
  add("medialith_http_sent_bytes_total", "Heads and bodies of responses.", [&] { return http.stats().bytes_sent; });
}

void add_out(const Register& add, const http_client::Client& out) {
  add("medialith_out_waiting", "Requests to other servers that wait for their turn now.",
      [&] { return out.stats().waiting; });
  add("medialith_out_active", "Requests to other servers under way now.", [&] { return out.stats().active; });
  add("medialith_out_requests_total", "Requests to other servers.", [&] { return out.stats().requests; });
  add("medialith_out_failures_total", "Those of them without a complete response.",
      [&] { return out.stats().failures; });
  add("medialith_out_connections_total", "Connections to other servers.", [&] { return out.stats().connections; });
}

}  // namespace

void register_figures(Metrics& metrics, const FigureSources& sources) {
  const Register add(metrics);
  add_database(add, sources.database);
  if (sources.disk != nullptr) add_blobs(add, *sources.disk);
  add_http(add, sources.http);
  if (sources.out != nullptr) add_out(add, *sources.out);
  add("medialith_work_queue", "Jobs that wait for a thread of the work pool now.",
      [&pool = sources.runtime.work()] { return pool.waiting(); });
  add("medialith_disk_queue", "Jobs that wait for a thread of the disk pool now.",
      [&pool = sources.runtime.disk()] { return pool.waiting(); });
  add("medialith_hashing_queue", "Passwords that wait to be hashed now.",
      [&pool = sources.hashing] { return pool.waiting(); });
  add("medialith_body_budget_free_bytes", "What is left for bodies that have to be whole.",
      [&bodies = sources.bodies] { return bodies.free_bytes(); });
}

}  // namespace medialith::app
