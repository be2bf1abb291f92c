"""Make the way to the site's mail server from the settings: the one place that knows the adapter."""

from hotline.adapters.mail_smtp import SmtpMail, SmtpServer
from hotline.platform.settings import Settings, split_address


def mail_of(settings: Settings) -> SmtpMail | None:
    """Return the sender, None where no mail server is set."""
    if not settings.mail_server:
        return None
    host, port = split_address(settings.mail_server)
    return SmtpMail(
        SmtpServer(
            host=host,
            port=port,
            sender=settings.mail_from,
            username=settings.mail_user,
            password=settings.mail_password.get_secret_value(),
            tls=str(settings.mail_tls),
        )
    )
