// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tool/clangd/LinkTransport.h"

#include "checks/Rules.h"

using namespace llvm;

namespace codrop {

/// Corrects the links in the parameters of textDocument/publishDiagnostics.
static void correctLinks(json::Value &Params) {
  json::Object *Message = Params.getAsObject();
  json::Array *Diagnostics =
      Message ? Message->getArray("diagnostics") : nullptr;
  if (!Diagnostics)
    return;
  for (json::Value &Each : *Diagnostics) {
    json::Object *Diagnostic = Each.getAsObject();
    if (!Diagnostic)
      continue;
    // clangd sends the link whether or not the editor has said that it knows
    // codeDescription, and so does this.
    const auto Code = Diagnostic->getString("code");
    if (Code && findRule(*Code))
      (*Diagnostic)["codeDescription"] = json::Object{{"href", ruleUrl(*Code)}};
  }
}

namespace {

class LinkTransport : public clang::clangd::Transport {
public:
  explicit LinkTransport(std::unique_ptr<Transport> Inner)
      : Inner(std::move(Inner)) {}

  void notify(StringRef Method, json::Value Params) override {
    if (Method == "textDocument/publishDiagnostics")
      correctLinks(Params);
    Inner->notify(Method, std::move(Params));
  }
  void call(StringRef Method, json::Value Params, json::Value ID) override {
    Inner->call(Method, std::move(Params), std::move(ID));
  }
  void reply(json::Value ID, Expected<json::Value> Result) override {
    Inner->reply(std::move(ID), std::move(Result));
  }
  Error loop(MessageHandler &Handler) override { return Inner->loop(Handler); }

private:
  std::unique_ptr<Transport> Inner;
};

} // namespace

std::unique_ptr<clang::clangd::Transport>
withRuleLinks(std::unique_ptr<clang::clangd::Transport> Inner) {
  return std::make_unique<LinkTransport>(std::move(Inner));
}

} // namespace codrop
