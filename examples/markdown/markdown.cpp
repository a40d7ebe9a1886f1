// Renders a small Markdown dialect from standard input (or files) as HTML.
// Headings, paragraphs, lists, block quotes, fenced code, emphasis, code spans and links.
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::string escape(std::string_view text) {
  static const std::map<char, std::string_view> entities{
      {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}};
  std::string out;
  for (char c : text) {
    auto found = entities.find(c);
    if (found == entities.end()) out += c;
    else out += found->second;
  }
  return out;
}

/** Text inside a line: `code`, **strong**, *emphasis*, [text](target). */
std::string inline_html(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    auto span = [&](std::string_view mark, std::string_view tag, bool raw) {
      if (text.substr(i, mark.size()) != mark) return false;
      std::size_t end = text.find(mark, i + mark.size());
      if (end == std::string_view::npos) return false;
      std::string_view inner = text.substr(i + mark.size(), end - i - mark.size());
      out += '<' + std::string(tag) + '>' + (raw ? escape(inner) : inline_html(inner)) + "</" + std::string(tag) + '>';
      i = end + mark.size();
      return true;
    };
    if (span("`", "code", true) || span("**", "strong", false) || span("*", "em", false)) continue;
    if (text[i] == '[') {
      std::size_t middle = text.find("](", i), end = text.find(')', middle);
      if (middle != std::string_view::npos && end != std::string_view::npos) {
        std::string_view label = text.substr(i + 1, middle - i - 1);
        std::string_view target = text.substr(middle + 2, end - middle - 2);
        out += "<a href=\"" + escape(target) + "\">" + inline_html(label) + "</a>";
        i = end + 1;
        continue;
      }
    }
    out += escape(text.substr(i++, 1));
  }
  return out;
}

/** A part of the document that collects its own lines. */
struct Block {
  virtual ~Block() = default;
  /** Takes the line, or says that it belongs to another block. */
  virtual bool take(std::string_view line) = 0;
  virtual void render(std::ostream &out) const = 0;
};

struct Heading final : Block {
  std::string text;
  std::size_t level;
  explicit Heading(std::string_view line) : level(line.find_first_not_of('#')) {
    text = line.substr(std::min(line.size(), level + 1));
  }
  bool take(std::string_view) override { return false; }
  void render(std::ostream &out) const override {
    out << "<h" << level << '>' << inline_html(text) << "</h" << level << ">\n";
  }
};

struct Lines : Block {
  std::vector<std::string> lines;
};

struct Code final : Lines {
  bool closed = false;
  bool take(std::string_view line) override {
    if (closed) return false;
    if (line == "```") closed = true;
    else lines.emplace_back(line);
    return true;
  }
  void render(std::ostream &out) const override {
    out << "<pre><code>";
    for (const auto &line : lines) out << escape(line) << '\n';
    out << "</code></pre>\n";
  }
};

struct Prefixed : Lines {
  std::string prefix;
  explicit Prefixed(std::string with) : prefix(std::move(with)) {}
  bool take(std::string_view line) override {
    if (line.substr(0, prefix.size()) != prefix) return false;
    lines.emplace_back(line.substr(prefix.size()));
    return true;
  }
};

struct List final : Prefixed {
  List() : Prefixed("- ") {}
  void render(std::ostream &out) const override {
    out << "<ul>\n";
    for (const auto &line : lines) out << "<li>" << inline_html(line) << "</li>\n";
    out << "</ul>\n";
  }
};

struct Quote final : Prefixed {
  Quote() : Prefixed("> ") {}
  void render(std::ostream &out) const override {
    out << "<blockquote>";
    for (const auto &line : lines) out << inline_html(line) << (&line == &lines.back() ? "" : "\n");
    out << "</blockquote>\n";
  }
};

struct Paragraph final : Lines {
  bool take(std::string_view line) override {
    if (line.empty()) return false;
    lines.emplace_back(line);
    return true;
  }
  void render(std::ostream &out) const override {
    out << "<p>";
    for (const auto &line : lines) out << inline_html(line) << (&line == &lines.back() ? "" : "\n");
    out << "</p>\n";
  }
};

std::unique_ptr<Block> open_block(std::string_view line) {
  if (line.front() == '#') return std::make_unique<Heading>(line);
  std::unique_ptr<Block> block;
  if (line.substr(0, 3) == "```") return std::make_unique<Code>();
  if (line.substr(0, 2) == "- ") block = std::make_unique<List>();
  else if (line.substr(0, 2) == "> ") block = std::make_unique<Quote>();
  else block = std::make_unique<Paragraph>();
  block->take(line);
  return block;
}

void convert(std::istream &in, std::ostream &out) {
  std::vector<std::unique_ptr<Block>> blocks;
  bool open = false;
  for (std::string line; std::getline(in, line);) {
    if (open && blocks.back()->take(line)) continue;
    open = !line.empty();
    if (open) blocks.push_back(open_block(line));
  }
  for (const auto &block : blocks) block->render(out);
}

/** The bytes of a file; nothing where it cannot be read (this libc++ has no file streams). */
std::unique_ptr<std::string> read_file(const char *path) {
  std::unique_ptr<std::FILE, int (*)(std::FILE *)> file(std::fopen(path, "rb"), std::fclose);
  if (!file) return nullptr;
  auto text = std::make_unique<std::string>();
  char part[4096];
  while (std::size_t n = std::fread(part, 1, sizeof part, file.get())) text->append(part, n);
  return text;
}

}  // namespace

int main(int argc, char **argv) {
  std::ios::sync_with_stdio(false);
  if (argc == 1) convert(std::cin, std::cout);
  for (int i = 1; i < argc; i++) {
    auto text = read_file(argv[i]);
    if (!text) {
      std::cerr << "markdown: cannot read " << argv[i] << '\n';
      return 1;
    }
    std::istringstream in(*text);
    convert(in, std::cout);
  }
}
