using System.Text;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Filling;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.UnitTests.Caching.Filling;

public sealed class StorePolicyTests
{
    private const string Id = "req_0123456789ab";
    private const string Good = """{"status":"ok","_metadata":{"config_fingerprint":"f1","request_id":"req_0123456789ab"}}""";

    private static readonly EndpointRow Row = Rows.Of(new EndpointOptions
    {
        Path = "/a",
        Cache = CachePolicy.Deterministic,
        KeyHeaders = ["X-Isl-Response-Version"],
        NeverStoreWhen = ["/status == \"degraded\"", "/results/*/error contains \"timed out\"", "/skipped nonempty"],
    });

    [Fact]
    public void Judge_WholeAnswer_IsStoredForAsLongAsItsRowSays() => Assert.Equal(
        new StoreVerdict(Reason.None, "f1", new AnswerFreshness(true, new Lifetime(TimeSpan.MaxValue, TimeSpan.MaxValue), TimeSpan.Zero)),
        Judge(IslAnswers.Json(Good)));

    [Theory]
    [InlineData(200, "None")]
    [InlineData(201, "StatusNotOk")]
    [InlineData(204, "StatusNotOk")]
    [InlineData(206, "StatusNotOk")]
    [InlineData(304, "StatusNotOk")]
    [InlineData(401, "StatusNotOk")]
    [InlineData(422, "StatusNotOk")]
    [InlineData(429, "StatusNotOk")]
    [InlineData(500, "StatusNotOk")]
    public void Judge_Status_OnlyOfOkIsStored(int status, string reason) => AssertReason(reason, Judge(IslAnswers.Json(Good, status)));

    [Theory]
    [InlineData("x-olumi-service", 200)]
    [InlineData("X-Processing-Time-Ms", 200)]
    [InlineData("Vary", 200)]
    [InlineData("Retry-After", 503)]
    [InlineData("Content-Type", 422)]
    public void Judge_HeaderThatNobodyMayWrite_IsInvalid(string name, int status)
    {
        foreach (var value in (string[])["a\u0001b", "\u007f", "a\nb", "a\u0100"])
            AssertReason("InvalidAnswer", Judge(IslAnswers.Json(Good, status, (name, value))));
    }

    [Theory]
    [InlineData("x-olumi-service", "caf\u00e9 \u0080\t~")]
    [InlineData("x-not-passed-on", "a\u0001b")]
    public void Judge_HeaderThatDoesNoHarm_IsStored(string name, string value) =>
        AssertReason("None", Judge(IslAnswers.Json(Good, 200, (name, value))));

    [Theory]
    [InlineData("application/json", "None")]
    [InlineData("Application/JSON", "None")]
    [InlineData("application/json; charset=utf-8", "None")]
    [InlineData("application/json;charset=UTF-8", "None")]
    [InlineData("application/json; charset=\"utf-8\"", "None")]
    [InlineData("application/vnd.isl.v2+json", "None")]
    [InlineData("application/problem+json", "None")]
    [InlineData("application/json; charset=iso-8859-1", "NotJsonAnswer")]
    [InlineData("application/json; charset=utf-16", "NotJsonAnswer")]
    [InlineData("text/plain", "NotJsonAnswer")]
    [InlineData("text/html", "NotJsonAnswer")]
    [InlineData("application/jsonx", "NotJsonAnswer")]
    [InlineData("application/x-ndjson", "NotJsonAnswer")]
    [InlineData("application/json, text/plain", "NotJsonAnswer")]
    [InlineData("json", "NotJsonAnswer")]
    [InlineData("", "NotJsonAnswer")]
    public void Judge_ContentType_OnlyJsonInUtf8IsStored(string type, string reason) =>
        AssertReason(reason, Judge(IslAnswers.Of(Encoding.UTF8.GetBytes(Good), 200, ("Content-Type", type))));

    [Fact]
    public void Judge_NoContentType_IsNotStored() => AssertReason("NotJsonAnswer", Judge(IslAnswers.Of(Encoding.UTF8.GetBytes(Good))));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("{")]
    [InlineData("""{"_metadata":{"config_fingerprint":"f1"}""")]
    [InlineData("""{"_metadata":{"config_fingerprint":"f1"}} {}""")]
    [InlineData("""{"a":NaN,"_metadata":{"config_fingerprint":"f1"}}""")]
    [InlineData("{\"a\":\"\t\"}")]
    [InlineData("\uFEFF{}")]
    [InlineData("<html></html>")]
    public void Judge_NotWholeJson_IsInvalid(string body) => AssertReason("InvalidAnswer", Judge(IslAnswers.Json(body)));

    [Theory]
    [InlineData(0xff)]
    [InlineData(0xc0)]
    [InlineData(0xed)]
    public void Judge_InvalidUtf8_IsInvalid(int octet)
    {
        var body = Encoding.UTF8.GetBytes("""{"_metadata":{"config_fingerprint":"f1"},"a":"?"}""");
        body[Array.IndexOf(body, (byte)'?')] = (byte)octet;
        AssertReason("InvalidAnswer", Judge(IslAnswers.Of(body, 200, ("Content-Type", "application/json"))));
    }

    [Fact]
    public void Judge_AnyPrefixOfAnAnswer_IsInvalid()
    {
        for (var length = 0; length < Good.Length; length++) AssertReason("InvalidAnswer", Judge(IslAnswers.Json(Good[..length])));
    }

    [Theory]
    [InlineData("Set-Cookie", "a=b")]
    [InlineData("Set-Cookie", "")]
    [InlineData("Content-Range", "bytes 0-1/2")]
    [InlineData("Content-Encoding", "gzip")]
    [InlineData("content-encoding", "br")]
    public void Judge_HeaderThatMakesItPersonalOrPartial_Forbids(string name, string value) =>
        AssertReason("AnswerForbids", Judge(IslAnswers.Json(Good, 200, (name, value))));

    [Theory]
    [InlineData("no-store", "AnswerForbids")]
    [InlineData("max-age=0", "AnswerForbids")]
    [InlineData("max-age=60", "None")]
    public void Judge_WhatItSaysOfItsFreshness_Counts(string value, string reason) =>
        AssertReason(reason, Judge(IslAnswers.Json(Good, 200, ("Cache-Control", value))));

    [Theory]
    [InlineData("Accept-Encoding", "None")]
    [InlineData("accept-encoding", "None")]
    [InlineData("X-ISL-Response-Version", "None")]
    [InlineData("Accept-Encoding, X-Isl-Response-Version", "None")]
    [InlineData("", "None")]
    [InlineData("*", "AnswerForbids")]
    [InlineData("Accept-Encoding, *", "AnswerForbids")]
    [InlineData("Origin", "AnswerForbids")]
    [InlineData("Accept-Encoding,Origin", "AnswerForbids")]
    [InlineData("User-Agent", "AnswerForbids")]
    public void Judge_Vary_OnlyEncodingAndKeyHeadersAreStored(string value, string reason) =>
        AssertReason(reason, Judge(IslAnswers.Json(Good, 200, ("Vary", value))));

    [Theory]
    [InlineData("Partitioned", "x-api-key, AUTHORIZATION", "None")]
    [InlineData("Partitioned", "X-API-Key, Cookie", "AnswerForbids")]
    [InlineData("Shared", "X-API-Key", "AnswerForbids")]
    public void Judge_VaryOnTheCredential_IsNoObstacleWhereThatIsInTheKey(string scope, string value, string reason) =>
        AssertReason(reason, Judge(
            IslAnswers.Json(Good, 200, ("Vary", value)),
            Rows.Of(new EndpointOptions { Path = "/a", CredentialScope = Enum.Parse<CredentialScope>(scope) })));

    [Fact]
    public void Judge_VaryInSeveralLines_AllCount() =>
        AssertReason("AnswerForbids", Judge(IslAnswers.Json(Good, 200, ("Vary", new(["Accept-Encoding", "Origin"])))));

    [Theory]
    [InlineData("""{"status":"degraded","_metadata":{"config_fingerprint":"f1"}}""", "NeverStore")]
    [InlineData(
"""{"results":[{"error":null},{"error":"Item TIMED OUT after 30 s"}],"_metadata":{"config_fingerprint":"f1"}}""", "NeverStore")]
    [InlineData("""{"skipped":["x"],"_metadata":{"config_fingerprint":"f1"}}""", "NeverStore")]
    [InlineData("""{"status":"\u0064egraded","_metadata":{"config_fingerprint":"f1"}}""", "NeverStore")]
    [InlineData("""{"status":"Degrading","skipped":[],"results":[{"error":null}],"_metadata":{"config_fingerprint":"f1"}}""", "None")]
    [InlineData("""{"analysis":{"status":"failed"},"_metadata":{"config_fingerprint":"f1"}}""", "NeverStore")]
    [InlineData("""{"\ud800":{"a":1},"_metadata":{"config_fingerprint":"f1"}}""", "NeverStore")]
    public void Judge_NeverStoreWhen_AnyConditionForbids(string body, string reason) => AssertReason(reason, Judge(IslAnswers.Json(body)));

    [Theory]
    [InlineData("""{"skipped":["voi"]}""", """{"include":true}""", "NeverStore")]
    [InlineData("""{"skipped":["voi"]}""", "{}", "NeverStore")]
    [InlineData("""{"skipped":["voi"]}""", "not json", "NeverStore")]
    [InlineData("""{"skipped":["voi"]}""", """{"include":false}""", "None")]
    [InlineData("""{"skipped":[]}""", "{}", "None")]
    [InlineData("""{"skipped":[]}""", "not json", "None")]
    public void Judge_NeverStoreWhenOfBoth_AsksTheRequestToo(string answer, string request, string reason)
    {
        var row = Rows.Of(new EndpointOptions
        {
            Path = "/a",
            Cache = CachePolicy.Deterministic,
            BodyFingerprint = BodyFingerprint.IfPresent,
            NeverStoreWhen = ["/skipped/* == \"voi\" and not request /include == false"],
        });
        AssertReason(reason, Judge(IslAnswers.Json(answer), row, request));
    }

    [Theory]
    [InlineData("""{"_metadata":{"config_fingerprint":"f1"}}""", "f1")]
    [InlineData("""{"metadata":{"config_fingerprint":"f2"}}""", "f2")]
    [InlineData("""{"_metadata":{"config_fingerprint":"\u00661"}}""", "f1")]
    [InlineData("""{"_metadata":{"config_fingerprint":"f1"},"metadata":{"config_fingerprint":"f1"}}""", "f1")]
    [InlineData("""{"_metadata":{"config_fingerprint":""},"metadata":{"config_fingerprint":"f2"}}""", "f2")]
    [InlineData("""{"_metadata":{"config_fingerprint":null}}""", null)]
    [InlineData("""{"_metadata":null}""", null)]
    [InlineData("""{"config_fingerprint":"f1"}""", null)]
    [InlineData("[]", null)]
    [InlineData("7", null)]
    public void Judge_Fingerprint_IsRequiredUnlessTheRowSaysOtherwise(string body, string? fingerprint)
    {
        var answer = IslAnswers.Json(body);
        var required = Judge(answer);
        var optional = Judge(answer, Rows.Plain);

        Assert.Equal((fingerprint is null ? Reason.NoFingerprint : Reason.None, fingerprint), (required.Reason, required.Fingerprint));
        Assert.Equal((Reason.None, fingerprint), (optional.Reason, optional.Fingerprint));
    }

    [Theory]
    [InlineData("""{"_metadata":{"config_fingerprint":"f1"},"metadata":{"config_fingerprint":"f2"}}""")]
    [InlineData("""{"_metadata":{"config_fingerprint":"f1","config_fingerprint":"f2"}}""")]
    [InlineData("""{"_metadata":{"config_fingerprint":"f1"},"_metadata":{"config_fingerprint":"f2"}}""")]
    [InlineData("""{"_metadata":{"config_fingerprint":7}}""", "NoFingerprint")]
    [InlineData("""{"_metadata":{"config_fingerprint":["f1"]}}""", "NoFingerprint")]
    [InlineData("""{"_metadata":{"config_fingerprint":false},"metadata":{"config_fingerprint":"f2"}}""")]
    public void Judge_FingerprintThatIsNotOneText_IsOfNobodyKnowsWhichIsl(string body, string whereRequired = "ForeignEpoch")
    {
        AssertReason(whereRequired, Judge(IslAnswers.Json(body)));
        AssertReason("ForeignEpoch", Judge(IslAnswers.Json(body), Rows.Plain));
    }

    [Theory]
    [InlineData("""{"error_code":"ISL_X"}""")]
    [InlineData("""{"items":[{"error_message":"no"}]}""")]
    [InlineData("""{"code":"ISL_COMPUTATION_ERROR","message":"no","retryable":true}""")]
    [InlineData("""{"result":{"exception":"ValueError"}}""")]
    [InlineData("""{"items":[{"timed_out":true}]}""")]
    [InlineData("""{"status":"timeout"}""")]
    [InlineData("""{"a":[{"status":"TIMED_OUT"}]}""")]
    [InlineData("""{"analysis_status":"timeout"}""")]
    public void Judge_AnswerThatSaysThatItFailed_IsNotStoredAnywhere(string body) =>
        AssertReason("NeverStore", Judge(IslAnswers.Json(body), Rows.Plain));

    [Theory]
    [InlineData("""{"error_code":null,"error_message":"","exception":{},"timed_out":false}""")]
    [InlineData("""{"code":"A1","items":[{"code":"ISL_NOTE"}],"status":"identifiable"}""")]
    public void Judge_AnswerThatSaysThatNothingFailed_IsStored(string body) =>
        AssertReason("None", Judge(IslAnswers.Json(body), Rows.Plain));

    [Theory]
    [InlineData("""{"a":1}""", "None")]
    [InlineData("""{"request_id":"req_0123456789ab"}""", "EchoedElsewhere")]
    [InlineData("""{"deep":[{"x":"\u0072eq_0123456789ab"}]}""", "EchoedElsewhere")]
    [InlineData("""{"text":"about req_0123456789ab"}""", "None")]
    [InlineData("not json", "None")]
    public void Judge_EchoThatTheRequestItselfSays_IsAmbiguous(string request, string reason) =>
        AssertReason(reason, Judge(IslAnswers.Json(Good), request: request));

    [Theory]
    [InlineData("""{"a":1}""", """{"trace":"req_0123456789ab"}""", "EchoedElsewhere")]
    [InlineData("""{"a":1}""", """{"message":"request req_0123456789ab done"}""", "EchoedElsewhere")]
    [InlineData("""{"a":1}""", """{"req_0123456789ab":1}""", "EchoedElsewhere")]
    [InlineData("""{"a":1}""", """{"request_id":"req_0123456789ab","trace":"req_0123456789ab"}""", "EchoedElsewhere")]
    [InlineData("""{"a":1}""", """{"request_id":"\u0072eq_0123456789ab"}""", "EchoedElsewhere")]
    [InlineData("""{"a":1}""", """{"trace":"req\u005f0123456789ab"}""", "EchoedElsewhere")]
    [InlineData("""{"a":"req_0123456789ab"}""", """{"a":"req_0123456789ab"}""", "None")]
    [InlineData("""{"a":"req_0123456789ab"}""", """{"a":"req\u005f0123456789ab"}""", "None")]
    [InlineData("""{"a":"x req_0123456789ab"}""", """{"b":"req_0123456789ab"}""", "None")]
    [InlineData("""{"a":1}""", """{"request_id":"req_0123456789a"}""", "None")]
    public void Judge_IdOutsideItsPlaces_IsStoredOnlyIfItCameWithTheRequest(string request, string answer, string reason) =>
        AssertReason(reason, Judge(IslAnswers.Json(answer), Rows.Plain, request));

    [Theory]
    [InlineData("""{"_metadata":{"config_fingerprint":"\ud800"}}""", "InvalidAnswer")]
    [InlineData("""{"results":[{"error":"\udc00"}],"_metadata":{"config_fingerprint":"f1"}}""", "NeverStore")]
    [InlineData("""{"a":"\ud800bcdefghijklm","_metadata":{"config_fingerprint":"f1"}}""", "EchoedElsewhere")]
    public void Judge_HalfASurrogatePairWhereItMatters_IsNotStored(string body, string reason) =>
        AssertReason(reason, Judge(IslAnswers.Json(body)));

    private static StoreVerdict Judge(UpstreamAnswer answer, EndpointRow? row = null, string request = "{}")
    {
        var (plain, of) = (Encoding.UTF8.GetBytes(request), row ?? Row);
        var scan = AnswerScan.Of(answer.Body.Span, of.AnswerPlaces, Id);
        var shaped = AnswerReader.Shape(answer, scan, Id);
        return StorePolicy.Judge(
            of, answer, scan, shaped, AnswerReader.ForLeader(answer), StorePolicy.HoldsForeignId(scan, shaped, Id, plain), plain,
            ["X-API-Key", "Authorization"], DateTimeOffset.UnixEpoch);
    }

    private static void AssertReason(string expected, StoreVerdict verdict) => Assert.Equal(Enum.Parse<Reason>(expected), verdict.Reason);
}
