/// Results of several readings.
module internal MtrlFunctional.Results

/// The values of those that are right, and the errors of the others.
let partition results =
    List.choose Result.toOption results,
    results
    |> List.choose (function
        | Error error -> Some error
        | Ok _ -> None)
