/// Results of several readings.
module internal MtrlFunctional.Results

/// The values of those that are right, and the errors of the others.
let partition results =
    List.choose Result.toOption results,
    results
    |> List.choose (function
        | Error error -> Some error
        | Ok _ -> None)

/// The values of all results, or all errors.
let all results =
    match partition results with
    | values, [] -> Ok values
    | _, errors -> Error(List.concat errors)
