/** What Redis says of a command that the operator has not allowed by its own option. Main thread. */
export function notAllowed(command: string): string {
  return (
    `ERR ${command.toUpperCase()} command not allowed. If the enable-${command}-command option is set to "local", you can ` +
    'run it from a local connection, otherwise you need to set this option in the configuration file, and then restart ' +
    'the server.'
  );
}
