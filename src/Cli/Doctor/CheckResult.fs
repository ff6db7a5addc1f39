namespace Mtrl.Cli.Doctor

/// One line of `mtrl doctor`: a fact about the machine, and what to do where it hurts.
type CheckResult = {
    Name: string
    Fact: string
    /// How to mend it; none: it is well.
    Mend: string option
}

module CheckResult =
    let ok name fact = { Name = name; Fact = fact; Mend = None }

    let warning name fact mend = { Name = name; Fact = fact; Mend = Some mend }

    /// The findings of `find ()`, or a warning with what it threw: a missing library must not end
    /// the visit.
    let guardAll name mend find =
        try
            find ()
        with
        | :? MtrlFunctional.Tensors.SettingException as e -> [
            warning "settings" e.Message "change that variable, or unset it"
          ]
        | e -> [ warning name (Array.head (e.GetBaseException().Message.Split '\n')) mend ]

    /// As `guardAll`, for one.
    let guard name mend find =
        guardAll name mend (fun () -> [ find () ]) |> List.head
