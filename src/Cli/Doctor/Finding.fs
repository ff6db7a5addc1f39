namespace Mtrl.Cli.Doctor

/// One line of `mtrl doctor`: a fact about the machine, and what to do where it hurts.
type Finding = {
    Name: string
    Fact: string
    /// How to mend it; none: it is well.
    Mend: string option
}

module Finding =
    let ok name fact = { Name = name; Fact = fact; Mend = None }

    let warning name fact mend = { Name = name; Fact = fact; Mend = Some mend }

    /// `find ()`, or a warning with what it threw: a missing library must not end the visit.
    let guard name mend find =
        try
            find ()
        with e ->
            let cause =
                match e with
                | :? System.TypeInitializationException when not (isNull e.InnerException) ->
                    string (e.GetBaseException().Message)
                | _ -> e.Message

            warning name (Array.head (cause.Split '\n')) mend
