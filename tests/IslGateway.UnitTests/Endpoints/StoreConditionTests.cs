using System.Text;
using IslGateway.Endpoints;

namespace IslGateway.UnitTests.Endpoints;

public sealed class StoreConditionTests
{
    [Theory]
    [InlineData("/status == \"degraded\"", """{"status":"degraded"}""")]
    [InlineData("/status == \"degraded\"", """{"status":"\u0064egraded"}""")]
    [InlineData("/n == 1", """{"n":1.0}""")]
    [InlineData("/ok == false", """{"ok":false}""")]
    [InlineData("/x == null", """{"x":null}""")]
    [InlineData("/x exists", """{"x":0}""")]
    [InlineData("/x/*/y exists", """{"x":[{},{"y":1}]}""")]
    [InlineData("/x nonempty", """{"x":["voi"]}""")]
    [InlineData("/x nonempty", """{"x":"a"}""")]
    [InlineData("/x nonempty", """{"x":{"a":null}}""")]
    [InlineData("/results/*/error contains \"timed out\"", """{"results":[{"error":null},{"error":"Request Timed Out after 30s"}]}""")]
    [InlineData("/x nonempty", """{"x":true}""")]
    [InlineData("/x nonempty", """{"x":500}""")]
    [InlineData("/x nonempty", """{"x":-12345678901234567890}""")]
    [InlineData("/x == 1 or \"a\" or null", """{"x":"a"}""")]
    [InlineData("/x == 1 or \"a\" or null", """{"x":null}""")]
    [InlineData("/x ==\"a\"", """{"x":"a"}""")]
    [InlineData("/x is \"failed\" or \"partial\"", """{"x":"PARTIAL"}""")]
    [InlineData("/x contains \"a and b\" or \"c\"", """{"x":"A AND B"}""")]
    [InlineData("answer /x exists", """{"x":1}""")]
    [InlineData("not /x exists", """{"x":null}""")]
    [InlineData("not /x/* == 1", """{"x":[2,3]}""")]
    [InlineData("/x exists and /y exists", """{"x":1,"y":2}""")]
    [InlineData("  /x   exists  and not /y exists ", """{"x":1}""")]
    [InlineData("/**/x == 1", """{"x":1}""")]
    [InlineData("/**/x == 1", """{"a":[[{"b":{"x":1}}]]}""")]
    [InlineData("/**/x == 1", """{"x":{"x":1}}""")]
    [InlineData("/**/x == 1", """[{"\u0078":1}]""")]
    [InlineData("/**/a/x == 1", """{"b":{"a":{"x":1}}}""")]
    [InlineData("/**/*/x == 1", """{"b":[{"x":1}]}""")]
    public void Matches_AnswerThatIsMeant_Holds(string condition, string answer) => Assert.True(Matches(condition, answer));

    [Theory]
    [InlineData("/status == \"degraded\"", """{"status":"Degraded"}""")]
    [InlineData("/status == \"degraded\"", """{"result":{"status":"degraded"}}""")]
    [InlineData("/status == \"degraded\"", "[]")]
    [InlineData("/n == 1", """{"n":"1"}""")]
    [InlineData("/x == null", "{}")]
    [InlineData("/x exists", """{"x":null}""")]
    [InlineData("/x exists", "{}")]
    [InlineData("/x nonempty", """{"x":[]}""")]
    [InlineData("/x nonempty", """{"x":{}}""")]
    [InlineData("/x nonempty", """{"x":""}""")]
    [InlineData("/x nonempty", """{"x":null}""")]
    [InlineData("/x contains \"a\"", """{"x":["a"]}""")]
    [InlineData("/results/*/error contains \"timed out\"", """{"results":[{"error":"no such node"}]}""")]
    [InlineData("/results/*/error contains \"timed out\"", """{"results":[]}""")]
    [InlineData("/x nonempty", """{"x":false}""")]
    [InlineData("/x nonempty", """{"x":0}""")]
    [InlineData("/x nonempty", """{"x":0.25}""")]
    [InlineData("/x nonempty", """{"x":1e3}""")]
    [InlineData("/x == 1 or \"a\" or null", """{"x":"b"}""")]
    [InlineData("/x is \"failed\"", """{"x":"it failed"}""")]
    [InlineData("/x is \"failed\"", """{"x":["failed"]}""")]
    [InlineData("not /x exists", """{"x":0}""")]
    [InlineData("not /x/* == 1", """{"x":[2,1]}""")]
    [InlineData("/x exists and /y exists", """{"x":1}""")]
    [InlineData("/x exists and /y exists", """{"y":1}""")]
    [InlineData("/**/x == 1", """{"xx":1,"a":["x",1]}""")]
    [InlineData("/**/a/x == 1", """{"a":{"b":{"x":1}}}""")]
    [InlineData("/**/x == 1", "1")]
    public void Matches_AnyOtherAnswer_DoesNotHold(string condition, string answer) => Assert.False(Matches(condition, answer));

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("/a is bad")]
    [InlineData("/a exists now")]
    [InlineData("a exists")]
    [InlineData("/a~ exists")]
    [InlineData("/a ==")]
    [InlineData("/a == degraded")]
    [InlineData("/a == [1]")]
    [InlineData("/a == {}")]
    [InlineData("/a == 1 2")]
    [InlineData("/a contains 1")]
    [InlineData("/a contains text")]
    [InlineData("/a is 1")]
    [InlineData("/a is \"b\" or 1")]
    [InlineData("/a is \"b\" or")]
    [InlineData("/a == 1 or 2 3")]
    [InlineData("/a exists or /b exists")]
    [InlineData("/a exists and")]
    [InlineData("/a exists and and /b exists")]
    [InlineData("and /a exists")]
    [InlineData("not")]
    [InlineData("not not /a exists")]
    [InlineData("request not /a exists")]
    [InlineData("request exists")]
    [InlineData("reply /a exists")]
    [InlineData("/** exists")]
    [InlineData("/a/**/b exists")]
    [InlineData("/**/**/b exists")]
    [InlineData("/a == \"b")]
    public void TryParse_NoCondition_SaysWhy(string text)
    {
        Assert.False(StoreCondition.TryParse(text, out _, out var error));
        Assert.NotEmpty(error);
    }

    [Theory]
    [InlineData("/a == degraded", "degraded stands where a JSON string, number, true, false or null is due")]
    [InlineData("/a is text", "text stands where a text in double quotes is due")]
    [InlineData("/a exists, /b exists", "exists, stands where ==, is, contains, exists or nonempty is due")]
    [InlineData("/a exists or /b exists", "or stands where and is due")]
    [InlineData("/a exists and", "it ends where a JSON pointer is due")]
    [InlineData("reply /a exists", "reply stands where a JSON pointer is due")]
    [InlineData("/x/** exists", "'**' stands for any depth")]
    public void TryParse_NoCondition_NamesWhatIsWrong(string text, string expected)
    {
        Assert.False(StoreCondition.TryParse(text, out _, out var error));
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("request /o == 1", true, """{"o":1}""", true)]
    [InlineData("request /o == 1", true, """{"o":2}""", false)]
    [InlineData("/a exists and not request /o == false", true, """{"o":true}""", true)]
    [InlineData("/a exists and not request /o == false", true, "{}", true)]
    [InlineData("/a exists and not request /o == false", true, """{"o":false}""", false)]
    [InlineData("not request /o == false and /a exists and request /p nonempty", true, """{"p":[1]}""", true)]
    [InlineData("not request /o == false and /a exists and request /p nonempty", true, """{"p":[]}""", false)]
    [InlineData("/a exists", false, "{}", true)]
    public void HoldsOfRequest_TermsOfTheRequest_DecideAlone(string condition, bool asks, string request, bool holds)
    {
        var parsed = StoreCondition.Parse(condition);
        Assert.Equal((asks, holds), (parsed.OfRequest.Count > 0, StoreTermScan.AllHold(parsed.OfRequest, Encoding.UTF8.GetBytes(request))));
    }

    private static bool Matches(string condition, string answer) =>
        StoreTermScan.AllHold(StoreCondition.Parse(condition).OfAnswer, Encoding.UTF8.GetBytes(answer));
}
