"""Letters without a mail server: the worker prints what their readers would see, not what a server would get."""

from django.core.mail import EmailMessage
from django.core.mail.backends import console


class Console(console.EmailBackend):
    """Prints the subject, the reader and the text of a letter."""

    def write_message(self, message: EmailMessage) -> None:
        """Print a letter as one block that ends with an empty line."""
        words = "\n".join(f"  {line}".rstrip() for line in str(message.body).strip().splitlines())
        self.stream.write(f"Letter to {', '.join(message.to)}: {message.subject}\n{words}\n\n")
