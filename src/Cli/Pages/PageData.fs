namespace MtrlFunctional.Cli.Pages

open System
open System.Globalization
open System.Text.Json
open System.Text.Json.Serialization

/// How numbers are written; null for one that is not finite, such as the success of a task that defines none.
type NumberOrNull(write: Utf8JsonWriter -> float -> unit) =
    inherit JsonConverter<float>()

    override _.Read(_, _, _) =
        raise (NotSupportedException "Numbers are written only.")

    override _.Write(writer, number, _) =
        if Double.IsFinite number then
            write writer number
        else
            writer.WriteNullValue()

/// Data of pages as JSON, in few digits: a page draws no more.
module PageData =
    /// Six significant digits; all of those of a whole number.
    let private inFewDigits (json: Utf8JsonWriter) (x: float) =
        if x = Math.Floor x && abs x < 1e15 then
            json.WriteNumberValue(int64 x)
        else
            json.WriteRawValue(x.ToString("G6", CultureInfo.InvariantCulture))

    let private options =
        let options =
            JsonSerializerOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)

        options.Converters.Add(NumberOrNull inFewDigits)
        options

    /// The text of a value, without its members that are null. It can stand inside of an HTML element.
    let json (value: 'value) =
        JsonSerializer.Serialize(value, options)
