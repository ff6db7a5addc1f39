namespace MtrlFunctional.Cli.Doctor

/// One line of `mtrl doctor`: a property of the machine, and the fix of a problem.
type CheckResult = {
    Name: string
    Value: string
    /// How to fix the problem; none where there is no problem.
    Fix: string option
}

module CheckResult =
    let ok name value = { Name = name; Value = value; Fix = None }

    let warning name value fix = { Name = name; Value = value; Fix = Some fix }

    /// The results of `check ()`, or a warning with its exception: a missing library must not end
    /// the other checks.
    let guardAll name fix check =
        try
            check ()
        with
        | :? MtrlFunctional.Tensors.SettingException as e -> [
            warning "settings" e.Message "change that variable, or unset it"
          ]
        | e -> [ warning name (Array.head (e.GetBaseException().Message.Split '\n')) fix ]

    /// As `guardAll`, for one result.
    let guard name fix check =
        guardAll name fix (fun () -> [ check () ]) |> List.head
