namespace MtrlFunctional.Policies;

/// <summary>Reads JSON: texts, whole and other numbers (<see cref="long"/>, <see cref="double"/>), true and false, null, lists and
/// objects.</summary>
/// <remarks>.NET Standard has no reader of JSON; the package that has one brings four libraries with it.</remarks>
internal ref struct JsonText
{
    private const int Deepest = 32;

    private readonly string _text;
    private int _at;

    private JsonText(string text) => (_text, _at) = (text, 0);

    /// <summary>The value of a text.</summary>
    /// <returns>A string, long, double, bool, null, <c>List&lt;object?&gt;</c> or <c>Dictionary&lt;string, object?&gt;</c>.</returns>
    /// <exception cref="FormatException">It is no JSON.</exception>
    internal static object? Read(string text)
    {
        var reader = new JsonText(text);
        var value = reader.Value(depth: 0);
        return reader.Peek() == '\0' ? value : throw reader.Unexpected();
    }

    private object? Value(int depth)
    {
        if (depth > Deepest)
            throw Unexpected();
        return Peek() switch
        {
            '{' => Object(depth + 1),
            '[' => List(depth + 1),
            '"' => Text(),
            't' => Word("true", true),
            'f' => Word("false", false),
            'n' => Word("null", null),
            _ => Number(),
        };
    }

    private Dictionary<string, object?> Object(int depth)
    {
        var members = new Dictionary<string, object?>();
        Require('{');
        while (Peek() != '}')
        {
            if (members.Count > 0)
                Require(',');
            if (Peek() != '"')
                throw Unexpected();
            var name = Text();
            Require(':');
            members[name] = Value(depth);
        }

        Require('}');
        return members;
    }

    private List<object?> List(int depth)
    {
        var values = new List<object?>();
        Require('[');
        while (Peek() != ']')
        {
            if (values.Count > 0)
                Require(',');
            values.Add(Value(depth));
        }

        Require(']');
        return values;
    }

    private string Text()
    {
        var text = new StringBuilder();
        for (_at++; _at < _text.Length; _at++)
            switch (_text[_at])
            {
                case '"':
                    _at++;
                    return text.ToString();
                case '\\':
                    text.Append(Escaped());
                    break;
                default:
                    text.Append(_text[_at]);
                    break;
            }

        throw Unexpected();
    }

    /// <summary>The character behind a backslash; goes to its end.</summary>
    private char Escaped()
    {
        if (++_at >= _text.Length)
            throw Unexpected();
        switch (_text[_at])
        {
            case 'b': return '\b';
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'u' when _at + 4 < _text.Length
                && ushort.TryParse(_text.AsSpan(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                _at += 4;
                return (char)code;
            case '"' or '\\' or '/': return _text[_at];
            default: throw Unexpected();
        }
    }

    private object Number()
    {
        var start = _at;
        while (_at < _text.Length && _text[_at] is (>= '0' and <= '9') or '-' or '+' or '.' or 'e' or 'E')
            _at++;
        var digits = _text.AsSpan(start, _at - start);
        if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            return whole;
        if (double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return number;
        _at = start;
        throw Unexpected();
    }

    private object? Word(string word, object? value)
    {
        if (string.CompareOrdinal(_text, _at, word, 0, word.Length) != 0)
            throw Unexpected();
        _at += word.Length;
        return value;
    }

    /// <summary>The next character that is no space; 0 at the end.</summary>
    private char Peek()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\n' or '\r')
            _at++;
        return _at < _text.Length ? _text[_at] : '\0';
    }

    private void Require(char needed)
    {
        if (Peek() != needed)
            throw Unexpected();
        _at++;
    }

    private readonly FormatException Unexpected() =>
        new(_at < _text.Length ? $"'{_text[_at]}' at character {_at + 1} is not JSON" : "it ends within a value");
}
