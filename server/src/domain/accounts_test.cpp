#include "domain/accounts.hpp"

#include "base/hash.hpp"
#include "domain/testing/scratch.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace medialith::domain {
namespace {

class Accounts : public testing::Test {
 protected:
  Result<User> create(const std::string& email, bool admin = false) {
    const NewUser user{s_.uuids.make(), email, "Ann", "hash of " + email, admin};
    return s_.write([&](db::Transaction& tx) { return create_user(tx, user, s_.clock.now()); });
  }
  void disable(UserRid user) {
    const Time now = s_.clock.now();
    auto run = [&](db::Transaction& tx) -> Result<void> {
      return tx.ask({{"UPDATE {users} SET disabled_at = $2 WHERE rid = $1", user.value, now}});
    };
    ASSERT_TRUE(s_.write(run));
  }
  std::optional<LoginState> login(const std::string& hash) {
    return s_.read([&](db::Connection& c) { return find_login(c, hash, s_.clock.now()); }).value();
  }
  std::optional<KeyState> key(const std::string& id) {
    return s_.read([&](db::Connection& c) { return find_key(c, id, s_.clock.now()); }).value();
  }
  Result<ApiKey> make_key(const Principal& who, const NewApiKey& key) {
    return s_.mutate(who, [&](Mutation& m) { return create_key(m, key); });
  }
  NewApiKey new_key(Scopes scopes = Scopes::read | Scopes::write, std::optional<Time> expires_at = {}) {
    return {s_.uuids.make(), "laptop", s_.login_hash(), scopes, expires_at};
  }
  std::vector<ApiKey> keys(UserRid user) {
    return s_.read([&](db::Connection& c) { return list_keys(c, user); }).value();
  }

  Scratch s_;
};

TEST_F(Accounts, FindsAUserByAnySpellingOfTheEmail) {
  const User user = create("Ann@Example.com").value();
  EXPECT_EQ(user.kind, UserKind::person);
  for (const char* spelling : {"Ann@Example.com", "ann@example.com", " ANN@EXAMPLE.COM "}) {
    const auto found = s_.read([&](db::Connection& c) { return find_password_identity(c, spelling); }).value();
    ASSERT_TRUE(found) << spelling;
    EXPECT_EQ(found->user.rid, user.rid);
    EXPECT_EQ(found->user.email, "Ann@Example.com");
    EXPECT_EQ(found->user.name, "Ann");
    EXPECT_EQ(found->password_hash, "hash of Ann@Example.com");
    EXPECT_FALSE(found->disabled);
  }
  EXPECT_FALSE(s_.read([](db::Connection& c) { return find_password_identity(c, "ann@example.org"); }).value());
}

TEST_F(Accounts, RefusesAnEmailThatIsTakenAndKeepsNothing) {
  ASSERT_TRUE(create("ann@example.com"));
  const auto again = create("ANN@example.com");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::email_taken);
  EXPECT_EQ(s_.number("SELECT count(*) FROM {users}"), 1);
  EXPECT_EQ(s_.number("SELECT count(*) FROM {identities}"), 1);
}

TEST_F(Accounts, ReplacesAPasswordHash) {
  ASSERT_TRUE(create("ann@example.com"));
  ASSERT_TRUE(create("bob@example.com"));
  auto run = [](db::Transaction& tx) -> Result<void> {
    replace_password_hash(tx, "ANN@example.com", "stronger");
    return {};
  };
  ASSERT_TRUE(s_.write(run));
  const auto hash_of = [&](const char* email) {
    return s_.read([&](db::Connection& c) { return find_password_identity(c, email); }).value()->password_hash;
  };
  EXPECT_EQ(hash_of("ann@example.com"), "stronger");
  EXPECT_EQ(hash_of("bob@example.com"), "hash of bob@example.com");
}

TEST_F(Accounts, MakesASingletonOnce) {
  const auto ensure = [&](UserKind kind) {
    const std::string id = s_.uuids.make();
    return s_.write([&](db::Transaction& tx) { return ensure_singleton_user(tx, kind, id, s_.clock.now()); }).value();
  };
  const User local = ensure(UserKind::local);
  EXPECT_EQ(ensure(UserKind::local).id, local.id);
  EXPECT_TRUE(local.admin);
  const User legacy = ensure(UserKind::legacy);
  EXPECT_NE(legacy.rid, local.rid);
  EXPECT_FALSE(legacy.admin);
  const auto found = s_.read([](db::Connection& c) { return find_singleton_user(c, UserKind::legacy); }).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, legacy.id);
}

TEST_F(Accounts, CountsOnlyAdminsWhoCanSignIn) {
  const auto any = [&] { return s_.read([](db::Connection& c) { return has_admin(c); }).value(); };
  const std::string id = s_.uuids.make();
  auto local = [&](db::Transaction& tx) { return ensure_singleton_user(tx, UserKind::local, id, s_.clock.now()); };
  ASSERT_TRUE(s_.write(local));
  ASSERT_TRUE(create("ann@example.com"));
  EXPECT_FALSE(any()) << "the local owner has no password, Ann is no admin";
  const User admin = create("root@example.com", true).value();
  EXPECT_TRUE(any());
  disable(admin.rid);
  EXPECT_FALSE(any());
}

// ---- logins -------------------------------------------------------------------------------------------------------

TEST_F(Accounts, ALoginKnowsItsUser) {
  const Principal ann = s_.person("ann@example.com");
  const Principal root = s_.person("root@example.com", true);
  const auto of_ann = login(ann.login_hash);
  ASSERT_TRUE(of_ann);
  EXPECT_EQ(of_ann->principal.user, ann.user);
  EXPECT_EQ(of_ann->principal.user_id, ann.user_id);
  EXPECT_FALSE(of_ann->principal.admin);
  EXPECT_EQ(of_ann->principal.scopes, Scopes::read | Scopes::write | Scopes::import);
  EXPECT_EQ(of_ann->principal.credential, Credential::login);
  EXPECT_FALSE(of_ann->touch_due);
  const auto of_root = login(root.login_hash);
  ASSERT_TRUE(of_root);
  EXPECT_TRUE(of_root->principal.admin);
  EXPECT_EQ(of_root->principal.scopes, Scopes::all);
  EXPECT_FALSE(login(s_.login_hash()));
}

TEST_F(Accounts, AnUnusedLoginEndsAfterAWeek) {
  const Principal ann = s_.person("ann@example.com");
  s_.clock.advance(kLoginIdle - std::chrono::milliseconds(1));
  const auto idle = login(ann.login_hash);
  ASSERT_TRUE(idle);
  EXPECT_TRUE(idle->touch_due);
  s_.clock.advance(std::chrono::milliseconds(1));
  EXPECT_FALSE(login(ann.login_hash));
}

TEST_F(Accounts, AUsedLoginEndsAfterThirtyDays) {
  const Principal ann = s_.person("ann@example.com");
  auto touch = [&](db::Transaction& tx) -> Result<void> {
    touch_login(tx, ann.login_hash, s_.clock.now());
    return {};
  };
  for (int day = 1; day < 30; ++day) {
    s_.clock.advance(std::chrono::days(1));
    ASSERT_TRUE(login(ann.login_hash)) << day;
    ASSERT_TRUE(s_.write(touch));
  }
  s_.clock.advance(std::chrono::days(1) - std::chrono::milliseconds(1));
  EXPECT_TRUE(login(ann.login_hash));
  s_.clock.advance(std::chrono::milliseconds(1));
  EXPECT_FALSE(login(ann.login_hash));
}

TEST_F(Accounts, ALoginThatWasEndedOrDisabledIsNone) {
  const Principal ann = s_.person("ann@example.com");
  const Principal bob = s_.person("bob@example.com");
  auto end = [&](db::Transaction& tx) -> Result<void> {
    delete_login(tx, ann.login_hash);
    return {};
  };
  ASSERT_TRUE(s_.write(end));
  EXPECT_FALSE(login(ann.login_hash));
  EXPECT_TRUE(login(bob.login_hash));
  disable(bob.user);
  EXPECT_FALSE(login(bob.login_hash));
}

// ---- keys ---------------------------------------------------------------------------------------------------------

TEST_F(Accounts, AKeyIsFoundListedAndDeleted) {
  const Principal ann = s_.person("ann@example.com");
  const NewApiKey wanted = new_key(Scopes::read);
  const ApiKey made = make_key(ann, wanted).value();
  EXPECT_EQ(made.created_at, s_.clock.now());
  const auto found = key(wanted.id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->principal.user, ann.user);
  EXPECT_EQ(found->principal.scopes, Scopes::read);
  EXPECT_EQ(found->principal.credential, Credential::key);
  EXPECT_EQ(found->secret_hash, wanted.secret_hash);
  EXPECT_TRUE(found->touch_due) << "it has never been used";

  const NewApiKey second = new_key();
  ASSERT_TRUE(make_key(ann, second));
  const auto listed = keys(ann.user);
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed.front().id, second.id) << "newest first";
  EXPECT_EQ(listed.back().name, "laptop");

  const auto remove = [&](const Principal& who, const std::string& id) {
    return s_.mutate(who, [&](Mutation& m) { return delete_key(m, id); });
  };
  const Principal bob = s_.person("bob@example.com");
  EXPECT_EQ(remove(bob, wanted.id).error().code, ErrorCode::not_found) << "another's key is none";
  ASSERT_TRUE(remove(ann, wanted.id));
  EXPECT_FALSE(key(wanted.id));
  EXPECT_EQ(remove(ann, wanted.id).error().code, ErrorCode::not_found);
  EXPECT_TRUE(keys(bob.user).empty());
}

TEST_F(Accounts, AKeyExpires) {
  const Principal ann = s_.person("ann@example.com");
  const NewApiKey wanted = new_key(Scopes::read, s_.clock.now() + std::chrono::hours(1));
  ASSERT_TRUE(make_key(ann, wanted));
  s_.clock.advance(std::chrono::hours(1) - std::chrono::milliseconds(1));
  EXPECT_TRUE(key(wanted.id));
  s_.clock.advance(std::chrono::milliseconds(1));
  EXPECT_FALSE(key(wanted.id));
}

TEST_F(Accounts, AKeyIsTouchedOnceAnHour) {
  const Principal ann = s_.person("ann@example.com");
  const NewApiKey wanted = new_key();
  ASSERT_TRUE(make_key(ann, wanted));
  const std::int64_t rid = key(wanted.id)->principal.key_rid;
  auto touch = [&](db::Transaction& tx) -> Result<void> {
    touch_key(tx, rid, s_.clock.now());
    return {};
  };
  ASSERT_TRUE(s_.write(touch));
  EXPECT_EQ(keys(ann.user).front().last_used_at, s_.clock.now());
  s_.clock.advance(std::chrono::hours(1));
  EXPECT_FALSE(key(wanted.id)->touch_due);
  s_.clock.advance(std::chrono::milliseconds(1));
  EXPECT_TRUE(key(wanted.id)->touch_due);
}

TEST_F(Accounts, AKeyNeverExceedsItsOwner) {
  const Principal root = s_.person("root@example.com", true);
  const NewApiKey wanted = new_key(Scopes::all);
  ASSERT_TRUE(make_key(root, wanted));
  EXPECT_TRUE(key(wanted.id)->principal.admin);
  auto demote = [&](db::Transaction& tx) -> Result<void> {
    return tx.ask({{"UPDATE {users} SET admin = $2 WHERE rid = $1", root.user.value, false}});
  };
  ASSERT_TRUE(s_.write(demote));
  const auto found = key(wanted.id);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->principal.admin);
  EXPECT_EQ(found->principal.scopes, Scopes::read | Scopes::write | Scopes::import);
  disable(root.user);
  EXPECT_FALSE(key(wanted.id));
}

TEST_F(Accounts, AnAdminsKeyWithoutTheScopeIsNoAdmin) {
  const Principal root = s_.person("root@example.com", true);
  const NewApiKey wanted = new_key(Scopes::read | Scopes::write);
  ASSERT_TRUE(make_key(root, wanted));
  EXPECT_FALSE(key(wanted.id)->principal.admin);
}

TEST_F(Accounts, AKeyMadeByAKeyLivesNoLonger) {
  const Principal ann = s_.person("ann@example.com");
  const Time end = s_.clock.now() + std::chrono::hours(1);
  const NewApiKey maker = new_key(Scopes::read | Scopes::write, end);
  ASSERT_TRUE(make_key(ann, maker));
  const Principal by_key = key(maker.id)->principal;
  EXPECT_EQ(make_key(by_key, new_key()).value().expires_at, end);
  EXPECT_EQ(make_key(by_key, new_key(Scopes::read, end)).value().expires_at, end);
  const auto longer = make_key(by_key, new_key(Scopes::read, end + std::chrono::milliseconds(1)));
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, ErrorCode::validation_failed);
  EXPECT_EQ(longer.error().fields.at(0).path, "expiresAt");
  EXPECT_EQ(make_key(ann, new_key()).value().expires_at, std::nullopt);
}

TEST_F(Accounts, AUserHasAtMostAHundredKeys) {
  const Principal ann = s_.person("ann@example.com");
  for (int i = 0; i < kMaxKeysPerUser; ++i) ASSERT_TRUE(make_key(ann, new_key())) << i;
  EXPECT_EQ(make_key(ann, new_key()).error().code, ErrorCode::validation_failed);
  EXPECT_TRUE(make_key(s_.person("bob@example.com"), new_key()));
}

// ---- set-up token and meta ----------------------------------------------------------------------------------------

class SetupToken : public Accounts {
 protected:
  void put(const std::string& hash) {
    auto run = [&](db::Transaction& tx) -> Result<void> {
      put_setup_token(tx, hash, s_.clock.now());
      return {};
    };
    ASSERT_TRUE(s_.write(run));
  }
  bool is_one(const std::string& hash) {
    return s_.read([&](db::Connection& c) { return is_setup_token(c, hash, s_.clock.now()); }).value();
  }
  bool take(const std::string& hash) {
    return s_.write([&](db::Transaction& tx) { return take_setup_token(tx, hash, s_.clock.now()); }).value();
  }
  const std::string hash_ = std::string(32, 'a');
  const std::string other_ = std::string(32, 'b');
};

TEST_F(SetupToken, IsTakenOnce) {
  EXPECT_FALSE(take(hash_));
  put(hash_);
  EXPECT_TRUE(is_one(hash_));
  EXPECT_FALSE(take(other_));
  EXPECT_TRUE(take(hash_));
  EXPECT_FALSE(is_one(hash_));
  EXPECT_FALSE(take(hash_));
}

TEST_F(SetupToken, ReplacesTheOneBefore) {
  put(hash_);
  put(other_);
  EXPECT_FALSE(is_one(hash_));
  EXPECT_TRUE(is_one(other_));
}

TEST_F(SetupToken, LivesForHalfAnHour) {
  put(hash_);
  s_.clock.advance(kSetupTokenLifetime - std::chrono::milliseconds(1));
  EXPECT_TRUE(is_one(hash_));
  s_.clock.advance(std::chrono::milliseconds(1));
  EXPECT_FALSE(is_one(hash_));
  EXPECT_FALSE(take(hash_));
}

TEST_F(SetupToken, IsWorthNothingOnceThereIsAnAdmin) {
  put(hash_);
  ASSERT_TRUE(create("root@example.com", true));
  EXPECT_FALSE(is_one(hash_));
  EXPECT_FALSE(take(hash_));
}

TEST_F(SetupToken, ComesBackWhenItsTransactionFails) {
  put(hash_);
  auto run = [&](db::Transaction& tx) -> Result<void> {
    TRY_ASSIGN(const bool taken, take_setup_token(tx, hash_, s_.clock.now()));
    EXPECT_TRUE(taken);
    return fail(ErrorCode::email_taken, "There is an account with this email already.");
  };
  ASSERT_FALSE(s_.write(run));
  EXPECT_TRUE(is_one(hash_));
}

TEST_F(Accounts, AreListedInPagesAndFoundByAddress) {
  std::vector<std::string> ids;
  for (const char* email : {"a@example.com", "B@example.com", "c@example.com"}) ids.push_back(s_.person(email).user_id);
  const auto page = [&](UserRid after) {
    return s_.read([after](db::Connection& c) { return list_users(c, after, 2); }).value();
  };
  const auto first = page({0});
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].id, ids[0]);
  EXPECT_EQ(first[1].id, ids[1]);
  const auto second = page(first[1].rid);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].id, ids[2]);
  const auto find = [&](std::string_view email) {
    return s_.read([email](db::Connection& c) { return find_person(c, email); }).value();
  };
  EXPECT_EQ(find(" b@EXAMPLE.com").value().id, ids[1]);
  EXPECT_FALSE(find("d@example.com"));
  const auto by_id = s_.read([&](db::Connection& c) { return find_user_by_id(c, ids[2]); }).value();
  EXPECT_EQ(by_id.value().email, "c@example.com");
}

TEST_F(Accounts, MetaIsKeptAndReplaced) {
  const auto find = [&] { return s_.read([](db::Connection& c) { return find_meta(c, kAccessTokenMeta); }).value(); };
  EXPECT_EQ(find(), std::nullopt);
  for (const char* value : {"first", "second"}) {
    auto put = [&](db::Transaction& tx) -> Result<void> {
      put_meta(tx, kAccessTokenMeta, value);
      return {};
    };
    ASSERT_TRUE(s_.write(put));
    EXPECT_EQ(find(), value);
  }
}

}  // namespace
}  // namespace medialith::domain
