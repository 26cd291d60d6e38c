// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How places are named, what each node reads and writes, and who shares it.

#include "unit/GraphTest.h"

namespace codrop::test {
namespace {

const char *Types = R"cpp(
  struct address { int city; int zip[3]; };
  struct user { int age; address home; user *next; void rename(); int name() const; };
)cpp";

/// The accesses of `f` as text, in source order, one kind and place each.
std::vector<std::string> accesses(const GraphTest &T,
                                  bool (*Wanted)(AccessKind)) {
  std::vector<std::pair<unsigned, std::string>> Found;
  for (const Access &A : T.function().accesses().all())
    if (Wanted(A.Kind)) {
      const char *Kind = A.Kind == AccessKind::Read        ? "read "
                         : A.Kind == AccessKind::Write     ? "write "
                         : A.Kind == AccessKind::ReadWrite ? "update "
                                                           : "change ";
      Found.push_back(
          {A.Site->getBeginLoc().getRawEncoding(), Kind + A.Place.str()});
    }
  llvm::stable_sort(
      Found, [](const auto &A, const auto &B) { return A.first < B.first; });
  std::vector<std::string> Text;
  for (auto &[Loc, Access] : Found)
    Text.push_back(Access);
  return Text;
}
std::vector<std::string> writes(const GraphTest &T) {
  return accesses(T, [](AccessKind K) { return K != AccessKind::Read; });
}

using Lines = std::vector<std::string>;

TEST(AccessPath, NamesMembersThroughThis) {
  GraphTest T(std::string(Types) + R"cpp(
    struct c {
      user owner_;
      user *other_;
      static int count;
      task<> f() {
        owner_.age = 1;
        this->owner_.home.city = 2;
        (*this).owner_.home.zip[1] = 3;
        other_->age = 4;
        (*other_).age = 5;
        other_->next->age = 6;
        count = 7;
        co_return;
      }
    };)cpp",
              "c::f");
  EXPECT_EQ(writes(T), (Lines{"write owner_.age", "write owner_.home.city",
                              "write owner_.home.zip[...]", "write other_->age",
                              "write other_->age", "write other_->next->age",
                              "write count"}));
}

TEST(AccessPath, NamesParametersAndGlobals) {
  GraphTest T(std::string(Types) + R"cpp(
    int total;
    task<> f(int value, int *pointer, user &ref, user *up) {
      value = 1;
      *pointer = 2;
      ref.age = 3;
      up->home.city = 4;
      total += 5;
      ++total;
      total--;
      co_return;
    })cpp");
  EXPECT_EQ(writes(T), (Lines{"write value", "write *pointer", "write ref.age",
                              "write up->home.city", "update total",
                              "update total", "update total"}));
}

TEST(AccessPath, FollowsAliases) {
  GraphTest T(std::string(Types) + R"cpp(
    struct c {
      user owner_;
      user *other_;
      task<> f() {
        auto &u = owner_;
        u.age = 1;
        auto &v = *other_;
        v.age = 2;
        auto *p = &owner_;
        p->age = 3;
        (*p).home.city = 4;
        auto &home = p->home;
        home.city = 5;
        auto *self = this;
        self->owner_.age = 6;
        user *changed = &owner_;
        changed = other_;
        changed->age = 7;
        co_return;
      }
    };)cpp",
              "c::f");
  Lines Written = writes(T);
  Lines Expected{"write owner_.age",       "write other_->age",
                 "write owner_.age",       "write owner_.home.city",
                 "write owner_.home.city", "write owner_.age",
                 "write changed",          "write changed->age"};
  EXPECT_EQ(Written, Expected);
}

TEST(AccessPath, FollowsStructuredBindings) {
  GraphTest T(std::string(Types) + R"cpp(
    struct c {
      address home_;
      task<> f() {
        auto &[city, zip] = home_;
        city = 1;
        auto [copy, none] = home_;
        copy = 2;
        co_return;
      }
    };)cpp",
              "c::f");
  Lines Written = writes(T);
  ASSERT_EQ(Written.size(), 2u);
  EXPECT_EQ(Written[0], "write home_.city");
  EXPECT_NE(Written[1], "write home_.city") << "the copy is a place of its own";
}

TEST(AccessPath, NamesElements) {
  GraphTest T(std::string(Types) + R"cpp(
    struct c {
      std::map<int, user> users_;
      std::vector<user> list_;
      task<> f(int k, int other) {
        users_[k].age = 1;
        users_.at(k).age = 2;
        auto it = users_.find(k);
        it->second.age = 3;
        users_[other].age = 4;
        list_[0].age = 5;
        list_.at(1).age = 6;
        co_return;
      }
    };)cpp",
              "c::f");
  std::vector<AccessPath> Places;
  for (const Access &A : T.function().accesses().all())
    if (A.Kind == AccessKind::Write)
      Places.push_back(A.Place);
  ASSERT_EQ(Places.size(), 6u);
  EXPECT_EQ(Places[0], Places[1]) << "[k] and .at(k)";
  EXPECT_NE(Places[0], Places[3]) << "another key";
  EXPECT_NE(Places[4], Places[5]) << "another index";
  EXPECT_EQ(Places[0].str(), "users_[...].age");
  // `it->second` names the element, of which `.age` of [k] is a part.
  EXPECT_TRUE(Places[2].startsWith([&] {
    AccessPath Element = Places[0];
    Element.Parts.pop_back();
    return Element;
  }()));
  EXPECT_EQ(Places[0].lastField()->getNameAsString(), "age");
}

TEST(AccessPath, LooksThroughOwners) {
  GraphTest T(std::string(Types) + R"cpp(
    struct c {
      std::unique_ptr<user> owned_;
      std::optional<user> maybe_;
      task<> f() {
        owned_->age = 1;
        (*owned_).age = 2;
        owned_.get()->age = 3;
        maybe_->age = 4;
        maybe_.value().age = 5;
        auto &u = *owned_;
        u.age = 6;
        co_return;
      }
    };)cpp",
              "c::f");
  EXPECT_EQ(
      accesses(T, [](AccessKind K) { return K == AccessKind::Write; }),
      (Lines{"write owned_->age", "write owned_->age", "write owned_->age",
             "write maybe_->age", "write maybe_->age", "write owned_->age"}));
}

TEST(AccessPath, TellsReadsFromWrites) {
  GraphTest T(std::string(Types) + R"cpp(
    void look(const user &);
    void fill(user &);
    void eat(user);
    struct c {
      user u_;
      int n_;
      task<> f() {
        int x = n_;
        n_ = x + 1;
        n_ += 2;
        u_.name();
        u_.rename();
        look(u_);
        fill(u_);
        eat(u_);
        eat(std::move(u_));
        co_return;
      }
    };)cpp",
              "c::f");
  Lines All = accesses(T, [](AccessKind) { return true; });
  All.erase(std::remove(All.begin(), All.end(), "read x"), All.end());
  EXPECT_EQ(All,
            (Lines{"read n_", "write n_", "update n_", "read u_", "change u_",
                   "read u_", "change u_", "read u_", "change u_"}));
}

TEST(AccessPath, KnowsTheValueThatIsWritten) {
  GraphTest T(R"cpp(
    int total;
    task<> f(int by) {
      total = by;
      total -= by;
      co_return;
    })cpp");
  std::vector<Access> Writes;
  for (const Access &A : T.function().accesses().all())
    if (A.Kind != AccessKind::Read)
      Writes.push_back(A);
  ASSERT_EQ(Writes.size(), 2u);
  EXPECT_EQ(T.function().accesses().resolver().resolve(Writes[0].Value)->str(),
            "by");
  EXPECT_EQ(Writes[1].Op, clang::BO_SubAssign);
  ASSERT_EQ(T.function().accesses().at(Writes[0].At).size(), 1u);
  EXPECT_EQ(T.function().accesses().at(Writes[0].At).front().Site,
            Writes[0].Site);
}

/// How the place that `f` writes is shared.
Sharing sharing(const std::string &Code, llvm::StringRef Name = "f") {
  GraphTest T(Types + Code, Name);
  for (const Access &A : T.function().accesses().all())
    if (A.Kind == AccessKind::Write || A.Kind == AccessKind::ReadWrite)
      return sharingOf(A.Place, T.graph());
  ADD_FAILURE() << "nothing is written";
  return Sharing::Local;
}

TEST(AccessPath, TellsWhoSharesAPlace) {
  EXPECT_EQ(sharing("task<> f() { int x; x = 1; co_return; }"), Sharing::Local);
  EXPECT_EQ(sharing("task<> f(int x) { x = 1; co_return; }"), Sharing::Local);
  EXPECT_EQ(sharing("task<> f(user u) { u.age = 1; co_return; }"),
            Sharing::Local);
  EXPECT_EQ(sharing("task<> f(user &u) { u.age = 1; co_return; }"),
            Sharing::Pointee);
  EXPECT_EQ(sharing("task<> f(user *u) { u->age = 1; co_return; }"),
            Sharing::Pointee);
  EXPECT_EQ(
      sharing("task<> f(std::shared_ptr<user> u) { u->age = 1; co_return; }"),
      Sharing::Pointee);
  EXPECT_EQ(
      sharing("task<> f(std::unique_ptr<user> u) { u->age = 1; co_return; }"),
      Sharing::Local);
  EXPECT_EQ(sharing("int g; task<> f() { g = 1; co_return; }"),
            Sharing::Global);
  EXPECT_EQ(sharing("task<> f() { static int s; s = 1; co_return; }"),
            Sharing::Global);
  EXPECT_EQ(sharing("struct c { int n_; task<> f() { n_ = 1; co_return; } };",
                    "c::f"),
            Sharing::Member);
}

TEST(AccessPath, TellsHowCapturesAreShared) {
  auto captured = [](const char *How) {
    GraphTest T =
        GraphTest::lambda(std::string("void g(int x) { auto work = [") + How +
                              "]() mutable -> task<> { x = 1; "
                              "co_return; }; }",
                          "work");
    for (const Access &A : T.function().accesses().all())
      if (A.Kind == AccessKind::Write)
        return sharingOf(A.Place, T.graph());
    ADD_FAILURE() << "nothing is written";
    return Sharing::Local;
  };
  EXPECT_EQ(captured("&"), Sharing::Capture);
  EXPECT_EQ(captured("&x"), Sharing::Capture);
  EXPECT_EQ(captured("="), Sharing::Local);
  EXPECT_EQ(captured("x"), Sharing::Local);
}

TEST(AccessPath, IndexesAccessesByPlace) {
  GraphTest T(R"cpp(
    int one, two;
    task<> f() {
      one = 1;
      two = one;
      ++one;
      co_return;
    })cpp");
  const AccessTable &Table = T.function().accesses();
  const Access &First = *llvm::find_if(
      Table.all(), [](const Access &A) { return A.Place.str() == "one"; });
  Lines Found;
  for (unsigned I : Table.samePlace(First.Place))
    Found.push_back(Table.all()[I].Place.str());
  EXPECT_EQ(Found, (Lines{"one", "one", "one"}));
  AccessPath Elsewhere = First.Place;
  Elsewhere.Parts.push_back({PathPart::Deref, nullptr, 0});
  EXPECT_TRUE(Table.samePlace(Elsewhere).empty());
}

} // namespace
} // namespace codrop::test
