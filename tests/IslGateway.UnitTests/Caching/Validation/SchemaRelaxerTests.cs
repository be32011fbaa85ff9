using System.Globalization;
using System.Text;
using IslGateway.Settings;

namespace IslGateway.UnitTests.Caching.Validation;

/// <summary>What is left of a schema, seen by what it refuses: never what ISL's validator might take.</summary>
public sealed class SchemaRelaxerTests
{
    private const string Required = "Field required";
    private const string List = "Input should be a valid list";
    private const string Dictionary = "Input should be a valid dictionary";
    private const string Text = "Input should be a valid string";

    private const string Node =
        """{"type":"object","properties":{"v":{"type":"number"},"kids":{"type":"array","items":REF}},"required":["v"]}""";

    private static readonly string Tree =
        "\"Tree\":" + Node.Replace("REF", """{"$ref":"#/components/schemas/Tree"}""", StringComparison.Ordinal);

    public static TheoryData<string, string, string, string> Certain => new()
    {
        { "a missing field", """{"type":"object","properties":{"dag":{}},"required":["dag"]}""", "{}", "/dag: " + Required },
        { "each of several", """{"type":"object","required":["a","b","c"]}""", """{"b":1}""", $"/a: {Required}\n/c: {Required}" },
        { "a name with / and ~", """{"type":"object","required":["a/b~c"]}""", "{}", "/a~1b~0c: " + Required },
        { "deep down", """{"properties":{"a":{"items":{"type":"object","required":["b"]}}}}""", """{"a":[{"b":1},{}]}""",
            "/a/1/b: " + Required },
        { "a list for an object", """{"type":"object"}""", "[]", ": " + Dictionary },
        { "an object for a list", """{"properties":{"a":{"type":"array"}}}""", """{"a":{}}""", "/a: " + List },
        { "a text for a list", """{"properties":{"a":{"type":"array"}}}""", """{"a":"1,2"}""", "/a: " + List },
        { "a number for an object", """{"properties":{"a":{"type":"object"}}}""", """{"a":1}""", "/a: " + Dictionary },
        { "null for a list that must be", """{"properties":{"a":{"type":"array"}},"required":["a"]}""", """{"a":null}""", "/a: " + List },
        { "null for a list with a default", """{"properties":{"a":{"type":"array","default":[]}}}""", """{"a":null}""", "/a: " + List },
        { "an object for a text", """{"properties":{"a":{"type":"string"}}}""", """{"a":{}}""", "/a: " + Text },
        { "a list for a number", """{"properties":{"a":{"type":"integer"}}}""", """{"a":[1]}""", "/a: Input should be a valid integer" },
        { "a list among numbers", """{"type":"array","items":{"type":"number"}}""", "[1,[2],3,{}]",
            "/1: Input should be a valid number\n/3: Input should be a valid number" },
        { "a value of a dictionary", """{"type":"object","additionalProperties":{"type":"array"}}""", """{"x":[],"y":1}""", "/y: " + List },
        { "a word", """{"properties":{"a":{"type":"string","enum":["low","high"]}}}""", """{"a":"bogus"}""",
            "/a: Input should be 'low' or 'high'" },
        { "a number that is no word", """{"enum":["low","high"]}""", "5", ": Input should be 'low' or 'high'" },
        { "a constant", """{"const":"cat"}""", "\"dog\"", ": Input should be 'cat'" },
        { "a number of few", """{"enum":[1,2,3]}""", "4", ": Input should be 1, 2 or 3" },
        { "neither of two", """{"anyOf":[{"type":"array"},{"type":"object"}]}""", "1", $": {List} or a valid dictionary" },
        { "the object of two", """{"anyOf":[{"type":"object","required":["a"]},{"type":"array","items":{"type":"array"}}]}""", "{}",
            "/a: " + Required },
        { "each of two objects", """{"oneOf":[{"type":"object","required":["a"]},{"type":"object","required":["b"]}]}""", "{}",
            $"/a: {Required}\n/b: {Required}" },
        { "one of all", """{"allOf":[{"type":"object","required":["a"]},{"required":["b"]}]}""", """{"a":1}""", "/b: " + Required },
        { "an optional list", """{"properties":{"a":{"anyOf":[{"type":"array"},{"type":"null"}]}}}""", """{"a":{}}""",
            "/a: " + List },
        { "an optional list, 3.1's other way", """{"properties":{"a":{"type":["array","null"]}}}""", """{"a":1}""", "/a: " + List },
        { "an optional list of objects", """{"properties":{"a":{"anyOf":[{"type":"array","items":{"required":["b"]}},{"type":"null"}]}}}""",
            """{"a":1}""", "/a: " + List },
        { "nothing but null", """{"type":"null"}""", "1", ": Input should be null" },
        { "a field in spite of a typing error", """{"properties":{"dag":{}},"required":["dag"]}""", """{"dga":1}""", "/dag: " + Required },
    };

    public static TheoryData<string, string, string> Uncertain => new()
    {
        { "text for a number", """{"type":"number"}""", "\"5\"" },
        { "a truth value for a number", """{"type":"integer"}""", "true" },
        { "a number for a text", """{"type":"string"}""", "5" },
        { "text that is no number", """{"type":"integer"}""", "\"many\"" },
        { "null for a number", """{"type":"integer"}""", "null" },
        { "a fraction for an integer", """{"type":"integer"}""", "2.5" },
        { "limits", """{"type":"integer","minimum":3,"maximum":4,"multipleOf":7}""", "1" },
        { "lengths", """{"type":"string","minLength":3,"maxLength":4}""", "\"\"" },
        { "a pattern", """{"type":"string","pattern":"^a+$"}""", "\"b\"" },
        { "a pattern that takes for ever", """{"type":"string","pattern":"^(a+)+$"}""", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"" },
        { "a format", """{"type":"string","format":"date-time"}""", "\"yesterday\"" },
        { "a number of items", """{"type":"array","minItems":3,"maxItems":1,"uniqueItems":true}""", "[1,1]" },
        { "a number of members", """{"type":"object","minProperties":3}""", "{}" },
        { "members that nobody declared", """{"type":"object","properties":{},"additionalProperties":false}""", """{"x":1}""" },
        { "no other members", """{"unevaluatedProperties":false}""", """{"x":1}""" },
        { "others beside the declared", """{"properties":{"a":{}},"additionalProperties":{"type":"array"}}""", """{"x":1}""" },
        { "patterns of names", """{"patternProperties":{"^x":{"type":"array"}},"additionalProperties":{"type":"object"}}""",
            """{"x":1}""" },
        { "a negation", """{"not":{"type":"object"}}""", "{}" },
        { "a condition", """{"if":{},"then":{"required":["a"]},"else":{"required":["a"]}}""", "{}" },
        { "a dependence", """{"dependentRequired":{"a":["b"]},"dependentSchemas":{"a":{"required":["b"]}}}""", """{"a":1}""" },
        { "containing", """{"type":"array","contains":{"type":"object"}}""", "[1]" },
        { "nothing at all", "false", "1" },
        { "anything", "true", "1" },
        { "a field with a default", """{"properties":{"a":{"default":5}},"required":["a"]}""", "{}" },
        { "a field that is read only", """{"properties":{"a":{"readOnly":true}},"required":["a"]}""", "{}" },
        { "null for a field that may be absent", """{"properties":{"a":{"type":"array"}}}""", """{"a":null}""" },
        { "null where it is the default", """{"properties":{"a":{"type":"array","default":null}}}""", """{"a":null}""" },
        { "null where it may be", """{"properties":{"a":{"type":"array","nullable":true}}}""", """{"a":null}""" },
        { "an optional object", """{"anyOf":[{"type":"object","required":["a"]},{"type":"null"}]}""", "null" },
        { "two that both fit", """{"oneOf":[{"type":"object"},{"type":"object"}]}""", "{}" },
        { "one of two that says nothing", """{"anyOf":[{"type":"object","required":["a"]},{}]}""", "{}" },
        { "a discriminator of nothing", """{"discriminator":{"propertyName":"k"},"oneOf":[{"type":"object"}]}""", "{}" },
        { "a tuple of a pair", """{"type":"array","prefixItems":[{"type":"array"}],"maxItems":1}""", "[1,2]" },
        { "a named tuple made of an object", """{"type":"array","prefixItems":[{}]}""", """{"a":1}""" },
        { "an old tuple", """{"type":"array","items":[{"type":"array"}]}""", "[1]" },
        { "a word in capitals", """{"enum":["low"]}""", "\" LOW \"" },
        { "a number as a word", """{"enum":["1","2"]}""", "1" },
        { "a word as a number", """{"enum":[1,2]}""", "\"2\"" },
        { "one as one", """{"enum":[1]}""", "1.0" },
        { "a truth value as a number", """{"enum":[1]}""", "true" },
        { "a word as a truth value", """{"const":true}""", "\"yes\"" },
        { "another script's digit", """{"enum":[1]}""", "\"\uFF11\"" },
        { "a list among words", """{"enum":["a",["b"]]}""", "\"c\"" },
        { "a type that nobody knows", """{"type":"decimal"}""", "{}" },
        { "a type that is none", """{"type":7}""", "{}" },
        { "required that is no list", """{"required":"a"}""", "{}" },
        { "properties that are no object", """{"properties":[]}""", "{}" },
        { "a reference to nowhere", """{"$ref":"#/components/schemas/None"}""", "1" },
        { "a reference to elsewhere", """{"$ref":"https://example.com/schema"}""", "1" },
        { "what stands beside a reference", """{"$ref":"#/components/schemas/Any","type":"array"}""", "1" },
        { "a field under its Python name", """{"properties":{"from":{},"to":{}},"required":["from","to"]}""",
            """{"from_node":1,"to_node":2}""" },
        { "a field under its Python name, a keyword", """{"properties":{"from":{}},"required":["from"]}""", """{"source":1}""" },
        { "a field under its snake's name", """{"properties":{"sampleCount":{}},"required":["sampleCount"]}""", """{"sample_count":1}""" },
        { "a field with _ before it", """{"properties":{"_metadata":{}},"required":["_metadata"]}""", """{"metadata":1}""" },
    };

    [Theory]
    [MemberData(nameof(Certain))]
    public void Body_ThatIslRefusesForCertain_IsRefused(string what, string schema, string body, string failures)
    {
        Assert.NotEmpty(what);
        Assert.Equal(failures, Schemas.Of(schema).Find(body));
    }

    [Theory]
    [MemberData(nameof(Uncertain))]
    public void Body_ThatIslMightTake_IsTaken(string what, string schema, string body)
    {
        Assert.NotEmpty(what);
        Assert.Equal("", Schemas.Of(schema, "\"Any\":{}").Find(body));
    }

    /// <summary>Pydantic 1 does not say in its schemas what may be null.</summary>
    [Theory]
    [InlineData("""{"properties":{"a":{"type":"array"}},"required":["a"]}""")]
    [InlineData("""{"properties":{"a":{"enum":["x"]}},"required":["a"]}""")]
    [InlineData("""{"properties":{"a":{"$ref":"#/components/schemas/Tree"}},"required":["a"]}""")]
    [InlineData("""{"properties":{"a":{"allOf":[{"$ref":"#/components/schemas/Tree"}]}},"required":["a"]}""")]
    public void Null_InOpenApi30_IsTakenEverywhere(string schema)
    {
        const string Body = """{"a":null}""";
        Assert.Equal("", Schemas.Of(schema, Tree, "3.0.2").Find(Body));
        Assert.NotEqual("", Schemas.Of(schema, Tree).Find(Body));
    }

    /// <summary>Pydantic 1 makes an object of whatever <c>dict()</c> takes.</summary>
    [Fact]
    public void Pairs_InOpenApi30_AreTakenForAnObject()
    {
        const string Schema = """{"type":"object","required":["a"]}""";
        Assert.Equal("", Schemas.Of(Schema, version: "3.0.2").Find("""[["a",1]]"""));
        Assert.NotEqual("", Schemas.Of(Schema, version: "3.0.2").Find("1"));
        Assert.NotEqual("", Schemas.Of(Schema).Find("""[["a",1]]"""));
    }

    [Fact]
    public void Reference_ToItself_IsFollowedAsDeepAsTheBodyGoes()
    {
        var schema = Schemas.Of("""{"$ref":"#/components/schemas/Tree"}""", Tree);
        Assert.Equal("", schema.Find("""{"v":1,"kids":[{"v":2,"kids":[]}]}"""));
        Assert.Equal(
            "/kids/0/kids/0/v: Field required\n/kids/1: Input should be a valid dictionary",
            schema.Find("""{"v":1,"kids":[{"v":2,"kids":[{}]},3]}"""));
    }

    [Fact]
    public void Reference_ThatLeadsBackWithoutGoingDeeper_TakesEverything()
    {
        const string Circle = """
            "A":{"anyOf":[{"$ref":"#/components/schemas/B"},{"type":"array"}]},"B":{"allOf":[{"$ref":"#/components/schemas/A"}]}
            """;
        Assert.Equal("", Schemas.Of("""{"$ref":"#/components/schemas/A"}""", Circle).Find("1"));
    }

    [Fact]
    public void References_TenThousandInARow_TakeEverythingWithoutADeepStack()
    {
        var chain = string.Join(',', Enumerable.Range(0, 10_000).Select(static i =>
            string.Create(CultureInfo.InvariantCulture, $$"""
                "D{{i}}":{"allOf":[{"$ref":"#/components/schemas/D{{i + 1}}"}]}
                """)));
        Assert.Equal("", Schemas.Of("""{"$ref":"#/components/schemas/D0"}""", chain).Find("1"));
    }

    /// <summary>Two ways at each level are 2^30 in all: the budget ends that, and the body goes to ISL.</summary>
    [Fact]
    public void Body_WithTooManyWaysToCheckIt_IsNotChecked()
    {
        const string Branch = """{"properties":{"a":{"$ref":"#/components/schemas/F"}},"required":["a","REQUIRED"]}""";
        var (left, right) = (
            Branch.Replace("REQUIRED", "x", StringComparison.Ordinal), Branch.Replace("REQUIRED", "y", StringComparison.Ordinal));
        var fork = $$"""
            "F":{"type":"object","anyOf":[{{left}},{{right}}]}
            """;
        var schema = Schemas.Of("""{"$ref":"#/components/schemas/F"}""", fork);
        Assert.Equal("/a: Field required\n/x: Field required\n/y: Field required", schema.Find("{}"));
        Assert.Null(schema.Find(string.Concat(Enumerable.Repeat("{\"a\":", 30)) + "{}" + new string('}', 30)));
    }

    [Fact]
    public void Failures_MoreThanAllowed_AreCounted()
    {
        var schema = Schemas.Of("""{"type":"array","items":{"type":"object"}}""");
        var result = schema.Check("[1,2,3,4,5]"u8.ToArray(), new ValidationOptions { MaxFailures = 2 });
        Assert.Equal((2, 3), (result.Failures!.Count, result.More));
    }

    [Fact]
    public void Pointer_OfAnEndlessName_IsCut()
    {
        var name = new string('n', 10_000);
        var schema = Schemas.Of("""{"type":"object","additionalProperties":{"type":"array"}}""");
        var found = schema.Check(Encoding.UTF8.GetBytes($$"""{"{{name}}":1}"""), Schemas.Options);
        Assert.InRange(Assert.Single(found.Failures!).Pointer.Length, 100, 600);
    }

    [Fact]
    public void List_OfAHundredThousandNumbers_IsChecked()
    {
        var numbers = string.Join(',', Enumerable.Range(0, 100_000));
        var schema = Schemas.Of("""{"type":"array","items":{"type":"number"}}""");
        Assert.Equal("", schema.Find($"[{numbers}]"));
        Assert.Equal("/100000: Input should be a valid number", schema.Find($"[{numbers},[]]"));
    }
}
