namespace MtrlFunctional.Tests.Policies;

/// <summary>Metadata are read as System.Text.Json reads them.</summary>
public class JsonTextTests
{
    [TestCase("[]"), TestCase(" { } "), TestCase("[1,-2,9223372036854775807]"), TestCase("[0.5, -1e-3, 2E+4]")]
    [TestCase("{\"a\":[true,false,null],\"b\":{\"c\":\"d\"}}"), TestCase("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00 é\"")]
    public void ValuesAreThoseOfTheText(string json)
    {
        using var document = JsonDocument.Parse(json);
        Assert.That(JsonText.Read(json), Is.EqualTo(Plain(document.RootElement)));
    }

    [TestCase(""), TestCase("["), TestCase("[1,]"), TestCase("[1 2]"), TestCase("{\"a\"}"), TestCase("{a:1}"), TestCase("\"a"), TestCase("\"\\x\"")]
    [TestCase("\"\\u12\""), TestCase("tru"), TestCase("nullx"), TestCase("NaN"), TestCase("1-2"), TestCase("[]]"), TestCase("-Infinity")]
    public void OtherTextsAreRefused(string json) => Assert.That(() => JsonText.Read(json), Throws.InstanceOf<FormatException>());

    [Test]
    public void ListsInListsEnd() =>
        Assert.That(() => JsonText.Read(new string('[', 1_000_000)), Throws.InstanceOf<FormatException>());

    private static object? Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().ToDictionary(member => member.Name, member => Plain(member.Value)),
        JsonValueKind.Array => value.EnumerateArray().Select(Plain).ToList(),
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.TryGetInt64(out var whole) ? whole : value.GetDouble(),
        JsonValueKind.Null => null,
        _ => value.GetBoolean(),
    };
}
