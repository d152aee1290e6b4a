#include "media/type.hpp"

#include <string>

#include <gtest/gtest.h>

#include "media/testing/fixtures.hpp"

namespace medialith::media {
namespace {

using namespace std::string_literals;
using testing::Bytes;
using testing::bytes_of;

Sniffed sniffed(const Bytes& bytes, std::string_view declared = "", std::string_view filename = "") {
  return sniff(bytes, declared, filename);
}
Sniffed sniffed(std::string_view text, std::string_view declared = "", std::string_view filename = "") {
  return sniff(bytes_of(text), declared, filename);
}

std::string mp3_frames() {  // MPEG 1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes a frame
  const std::string frame = "\xFF\xFB\x90\x00"s + std::string(413, '\x55');
  return frame + frame;
}
std::string adts_frames() {  // 23 bytes a frame
  const std::string frame = "\xFF\xF1\x50\x80\x02\xE0\xFC"s + std::string(16, '\x21');
  return frame + frame;
}
std::string id3(std::size_t size) { return "ID3\x04\0\0\0\0\0"s + static_cast<char>(size) + std::string(size, '\0'); }
std::string riff(std::string_view form) { return "RIFF\x24\0\0\0"s + std::string(form) + "fmt \x10\0\0\0\1\0"s; }
std::string bmp() { return "BM\x3A\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\1\0\0\0\1\0\0\0"s; }
std::string ico() { return "\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0\x68\4\0\0\x16\0\0\0"s; }
std::string ogg(std::string_view packet) {
  return "OggS\0\2"s + std::string(20, '\0') + "\1\x1E"s + std::string(packet);
}
std::string zip_entry() {
  return "PK\3\4\x14\0\0\0\x08\0"s + std::string(16, '\1') + "\x14\0\0\0"s + "META-INF/MANIFEST.MF";
}

struct Row {
  std::string name;
  Bytes bytes;
  std::string_view content_type;
  MediaKind kind;
  std::string_view extension;
};

TEST(Sniff, KnowsEachTypeByItsBytesWhateverIsDeclared) {
  using enum MediaKind;
  const Row rows[] = {
      {"png", testing::png(), "image/png", image, "png"},
      {"png signature alone", bytes_of("\x89PNG\r\n\x1A\n"), "image/png", image, "png"},
      {"jpeg", testing::jpeg(), "image/jpeg", image, "jpg"},
      {"gif", testing::gif(1, 1), "image/gif", image, "gif"},
      {"webp", testing::webp_lossy(1, 1), "image/webp", image, "webp"},
      {"avif", testing::iso_media("avif", {"mif1", "miaf"}), "image/avif", image, "avif"},
      {"avif behind mif1", testing::iso_media("mif1", {"miaf", "avif"}), "image/avif", image, "avif"},
      {"heic", testing::iso_media("heic", {"mif1"}), "image/heic", image, "heic"},
      {"heic behind mif1", testing::iso_media("mif1", {"mif1", "heic"}), "image/heic", image, "heic"},
      {"bmp", bytes_of(bmp()), "image/bmp", image, "bmp"},
      {"tiff, little endian", bytes_of("II*\0\x08\0\0\0"s), "image/tiff", image, "tiff"},
      {"tiff, big endian", bytes_of("MM\0*\0\0\0\x08"s), "image/tiff", image, "tiff"},
      {"icon", bytes_of(ico()), "image/x-icon", image, "ico"},
      {"jpeg xl codestream", bytes_of("\xFF\x0A\x01\x02"), "image/jxl", image, "jxl"},
      {"jpeg xl container", bytes_of("\0\0\0\x0CJXL \r\n\x87\n"s), "image/jxl", image, "jxl"},
      {"mp4", testing::iso_media("isom", {"iso2", "avc1"}), "video/mp4", video, "mp4"},
      {"mp4 by a compatible brand", testing::iso_media("xxxx", {"mp42"}), "video/mp4", video, "mp4"},
      {"mov", testing::iso_media("qt  "), "video/quicktime", video, "mov"},
      {"m4v", testing::iso_media("M4V "), "video/x-m4v", video, "m4v"},
      {"3gp", testing::iso_media("3gp5"), "video/3gpp", video, "3gp"},
      {"m4a", testing::iso_media("M4A ", {"isom"}), "audio/mp4", audio, "m4a"},
      {"webm", testing::matroska("webm"), "video/webm", video, "webm"},
      {"matroska", testing::matroska("matroska"), "video/x-matroska", video, "mkv"},
      {"avi", bytes_of(riff("AVI ")), "video/x-msvideo", video, "avi"},
      {"ogg vorbis", bytes_of(ogg("\1vorbis")), "audio/ogg", audio, "ogg"},
      {"ogg opus", bytes_of(ogg("OpusHead")), "audio/ogg", audio, "ogg"},
      {"ogg theora", bytes_of(ogg("\x80theora")), "video/ogg", video, "ogv"},
      {"mp3 frames", bytes_of(mp3_frames()), "audio/mpeg", audio, "mp3"},
      {"mp3 behind id3", bytes_of(id3(20) + mp3_frames()), "audio/mpeg", audio, "mp3"},
      {"id3 longer than the head", bytes_of(id3(100).substr(0, 60)), "audio/mpeg", audio, "mp3"},
      {"wav", bytes_of(riff("WAVE")), "audio/wav", audio, "wav"},
      {"flac", bytes_of("fLaC\0\0\0\x22"s), "audio/flac", audio, "flac"},
      {"flac behind id3", bytes_of(id3(20) + "fLaC"), "audio/flac", audio, "flac"},
      {"aac", bytes_of(adts_frames()), "audio/aac", audio, "aac"},
      {"aac behind id3", bytes_of(id3(20) + adts_frames()), "audio/aac", audio, "aac"},
      {"aiff", bytes_of("FORM\0\0\0\x10"s + "AIFFCOMM"), "audio/aiff", audio, "aiff"},
      {"glb", bytes_of("glTF\2\0\0\0\0\0\0\0"s), "model/gltf-binary", file, "glb"},
      {"psd", bytes_of("8BPS\0\1"s), "image/vnd.adobe.photoshop", file, "psd"},
      {"zip", bytes_of(zip_entry()), "application/zip", file, "zip"},
      {"empty zip", bytes_of("PK\5\6"s + std::string(18, '\0')), "application/zip", file, "zip"},
      {"gzip", bytes_of("\x1F\x8B\x08\0"s), "application/gzip", file, "gz"},
  };
  for (const Row& row : rows) {
    for (const std::string_view declared : {"", "text/html", "image/png", "image/svg+xml", "text/plain", "nonsense"}) {
      SCOPED_TRACE(row.name + " declared as " + std::string(declared));
      const Sniffed found = sniffed(row.bytes, declared, "evil.html");
      EXPECT_EQ(found.content_type, row.content_type);
      EXPECT_EQ(found.kind, row.kind);
      EXPECT_EQ(found.extension, row.extension);
      EXPECT_FALSE(found.active);
    }
  }
}

TEST(Sniff, SeesWhatABrowserCouldRun) {
  struct Active {
    std::string text;
    std::string_view content_type;
  };
  const Active rows[] = {
      {"<html><script>alert(1)</script>", "text/html"},
      {"\xEF\xBB\xBF \r\n\t<!DOCTYPE HTML>", "text/html"},
      {"<!-- a comment -->\n<ScRiPt>alert(1)</script>", "text/html"},
      {"<img src=x onerror=alert(1)>", "text/html"},
      {"<!doctype whatever>", "text/html"},
      {"\xFF\xFE<\0h\0t\0m\0l\0>\0"s, "text/html"},
      {"\xFE\xFF\0<\0s\0v\0g\0>"s, "image/svg+xml"},
      {"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"},
      {"<?xml version='1.0'?>\n<!-- by hand -->\n<svg>", "image/svg+xml"},
      {"<?xml version='1.0'?><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'x'><svg/>", "image/svg+xml"},
      {"<?xml version='1.0'?><!DOCTYPE svg [ <!ENTITY a '>'> ]><svg/>", "image/svg+xml"},
      {"<?xml version='1.0'?><!DOCTYPE svg", "application/xml"},
      {"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'>", "text/html"},
      {"<?xml version='1.0'?><rss/>", "application/xml"},
      {"%PDF-1.7\n", "application/pdf"},
      {std::string(1000, ' ') + "%PDF-1.4", "application/pdf"},
      {std::string(900, '\1') + "%PDF-1.4", "application/pdf"},
  };
  for (const Active& row : rows) {
    for (const std::string_view declared :
         {"", "image/png", "text/plain", "application/json", "video/mp4", "audio/pcm"}) {
      SCOPED_TRACE(row.text.substr(0, 60) + " declared as " + std::string(declared));
      const Sniffed found = sniffed(row.text, declared, "picture.png");
      EXPECT_EQ(found.content_type, row.content_type);
      EXPECT_EQ(found.kind, MediaKind::file);
      EXPECT_TRUE(found.active);
      EXPECT_EQ(serving_of(found.content_type).content_type, "application/octet-stream");
      EXPECT_TRUE(serving_of(found.content_type).attachment);
    }
  }
}

TEST(Sniff, ScriptsAreKnownByTheirName) {
  EXPECT_EQ(sniffed("alert(1)", "application/javascript").content_type, "text/javascript");
  EXPECT_EQ(sniffed("alert(1)", "application/octet-stream", "a.MJS").content_type, "text/javascript");
  EXPECT_TRUE(sniffed("alert(1)", "", "a.js").active);
  EXPECT_TRUE(sniffed("harmless", "text/html; charset=utf-8").active);
  EXPECT_TRUE(sniffed("harmless", "", "page.htm").active);
}

TEST(Sniff, PolyglotsAreActiveAndHaveNoType) {
  const std::string gif(testing::text_of(testing::gif(10, 10)));
  const std::string png(testing::text_of(testing::png()));
  const std::string jpeg(testing::text_of(testing::jpeg()));
  const std::string rows[] = {
      gif + zip_entry(),                      // GIFAR
      png + zip_entry(),                      //
      jpeg + zip_entry(),                     //
      gif + "%PDF-1.4",                       //
      png.substr(0, 33) + "%PDF-1.4",         //
      gif + "<script>alert(1)</script>",      //
      bmp() + "<HTML>",                       //
      riff("WAVE") + "<svg onload=alert(1)>"  //
  };
  for (const std::string& row : rows) {
    const Sniffed found = sniffed(row, "image/png", "a.png");
    EXPECT_TRUE(found.active) << row.substr(0, 8);
    EXPECT_EQ(found.content_type, "application/octet-stream");
    EXPECT_EQ(found.kind, MediaKind::file);
    EXPECT_EQ(found.extension, "bin");
  }
}

TEST(Sniff, ScriptsThatBeginLikeAGifAreNoGif) {
  EXPECT_NE(sniffed("GIF89a/*aaaaaaaaaaa*/=1;alert(1)//").content_type, "image/gif");
  EXPECT_NE(sniffed("BM=1;alert(1);aaaaaaaaaaaaaaaaaaa").content_type, "image/bmp");
}

TEST(Sniff, APromptMaySpeakOfHtml) {
  const Bytes file = testing::png({.before_pixels = {{.keyword = "parameters", .text = "a page, <html> <script>"}}});
  EXPECT_EQ(sniffed(file).content_type, "image/png");
  EXPECT_FALSE(sniffed(file).active);
}

TEST(Sniff, ArchivesMayHoldAnything) {
  EXPECT_EQ(sniffed(zip_entry() + "%PDF-1.4").content_type, "application/zip");
  EXPECT_TRUE(serving_of("application/zip").attachment);
}

TEST(Sniff, LyingBoxSizesAreNoMp4) {
  for (const int size : {0, 1, 8, 12, 15, 17, 22}) {
    Bytes file = testing::iso_media("isom", {"mp42"});
    file[3] = static_cast<std::byte>(size);
    EXPECT_EQ(sniffed(file, "video/mp4").content_type, "application/octet-stream") << size;
  }
  Bytes huge = testing::iso_media("isom");
  huge[0] = std::byte{0x7F};
  EXPECT_EQ(sniffed(huge).content_type, "application/octet-stream");
}

TEST(Sniff, TheDeclaredTypeChoosesAmongWhatTheBytesAllow) {
  EXPECT_EQ(sniffed(testing::iso_media("isom"), "audio/x-m4a").content_type, "audio/mp4");
  EXPECT_EQ(sniffed(testing::iso_media("isom"), "", "voice.M4A").content_type, "audio/mp4");
  EXPECT_EQ(sniffed(testing::matroska("webm"), "audio/webm;codecs=opus").content_type, "audio/webm");
  EXPECT_EQ(sniffed("a cat", "text/plain; charset=utf-8").content_type, "text/plain");
  EXPECT_EQ(sniffed("a cat").content_type, "text/plain");
  EXPECT_EQ(sniffed("a,b\n1,2", "TEXT/CSV").content_type, "text/csv");
  EXPECT_EQ(sniffed("# title", "", "README.md").content_type, "text/markdown");
  EXPECT_EQ(sniffed(" {\"a\": 1}").content_type, "application/json");
  EXPECT_EQ(sniffed("[1, 2]", "text/plain").content_type, "text/plain");
  EXPECT_EQ(sniffed("[a note]").content_type, "text/plain");
  EXPECT_EQ(sniffed("WEBVTT\n").content_type, "text/vtt");
  EXPECT_EQ(sniffed("\1\2\3\4", "audio/pcm").content_type, "audio/pcm");
  EXPECT_EQ(sniffed("<lora:rain:0.8> a cat", "text/plain").content_type, "text/plain");
}

TEST(Sniff, UnknownBytesCannotClaimASignature) {
  for (const std::string_view declared : {"image/png", "video/mp4", "audio/mpeg", "text/plain", "text/html",
                                          "application/zip", "application/x-unheard-of"}) {
    const Sniffed found = sniffed("\1\2\3\4\5\6\7"s, declared, "a.png");
    EXPECT_EQ(found.content_type, "application/octet-stream") << declared;
    EXPECT_EQ(found.extension, "bin");
    EXPECT_FALSE(found.active);
  }
  EXPECT_EQ(sniffed("a cat", "image/png", "cat.png").content_type, "text/plain");
  EXPECT_EQ(sniffed("", "image/png").content_type, "application/octet-stream");
  EXPECT_EQ(sniffed("", "text/plain").content_type, "text/plain");
}

TEST(Sniff, FrameSyncAloneIsNoSound) {
  EXPECT_EQ(sniffed("\xFF\xFB\x90\x00 and then nothing like it"s).content_type, "application/octet-stream");
  EXPECT_EQ(sniffed("\xFF\xF1\x50\x80\x02\xE0\xFC and nothing"s + std::string(40, '\1')).content_type,
            "application/octet-stream");
  EXPECT_EQ(sniffed("\xFF\xFE"
                    "a\0b\0c\0"s)
                .content_type,
            "text/plain")
      << "UTF-16";
}

TEST(TypeTable, KnowsOtherNamesAndParameters) {
  EXPECT_EQ(type_info("IMAGE/JPG; q=1").content_type, "image/jpeg");
  EXPECT_EQ(type_info("audio/mp3").extension, "mp3");
  EXPECT_EQ(type_info("").content_type, "application/octet-stream");
  EXPECT_EQ(type_info(std::string(10'000, 'a')).content_type, "application/octet-stream");
  EXPECT_EQ(kind_name(type_info("video/webm").kind), "video");
}

TEST(TypeTable, ServesInertTypesAsThemselves) {
  EXPECT_EQ(serving_of("image/png").content_type, "image/png");
  EXPECT_FALSE(serving_of("image/png").attachment);
  for (const std::string_view active :
       {"image/svg+xml", "text/html", "application/xhtml+xml", "text/xml", "application/xml", "text/javascript",
        "application/javascript", "application/pdf", "text/css", "application/unheard-of", ""}) {
    EXPECT_EQ(serving_of(active).content_type, "application/octet-stream") << active;
    EXPECT_TRUE(serving_of(active).attachment) << active;
  }
}

}  // namespace
}  // namespace medialith::media
