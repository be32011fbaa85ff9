using System.Text.Json;
using IslGateway.Settings;

namespace IslGateway.UnitTests.Settings;

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
    public void TryParse_NoCondition_SaysWhy(string text)
    {
        Assert.False(StoreCondition.TryParse(text, out _, out var error));
        Assert.NotEmpty(error);
    }

    private static bool Matches(string condition, string answer)
    {
        using var document = JsonDocument.Parse(answer);
        return StoreCondition.Parse(condition).Matches(document.RootElement);
    }
}
